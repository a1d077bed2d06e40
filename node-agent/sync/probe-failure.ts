/** What Node calls a failed connection, in the words of the system call's error. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'i/o timeout',
};

/** Why no connection came about, as kubelet's event says it. */
export function dialFailure(error: Error, host: string, port: number): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  const reason = REASONS[code];
  return reason === undefined ? error.message : `dial tcp ${joinHostPort(host, port)}: ${reason}`;
}

/** Why an HTTP request got no answer, as kubelet's event says it. */
export function requestFailure(error: Error, url: string, host: string, port: number): string {
  return `Get "${url}": ${exchangeFailure(error, host, port)}`;
}

/** The same without saying what was asked for. */
export function exchangeFailure(error: Error, host: string, port: number): string {
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
  }
  const { code } = error as NodeJS.ErrnoException;
  // A server that closes without a word; Node has one code for that and for a reset.
  if (code === 'ECONNRESET')
    return error.message === 'socket hang up' ? 'EOF' : 'read: connection reset by peer';
  return dialFailure(error, host, port);
}

/** As in a URL: an IPv6 address in brackets. */
export function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
