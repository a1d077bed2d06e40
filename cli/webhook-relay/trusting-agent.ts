import { X509Certificate } from 'node:crypto';
import { Agent, type AgentOptions } from 'node:https';
import { isIP } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Connections to servers whose certificates a bundle vouches for. OpenSSL decides, with one more
 * case: a certificate without a subject, from an authority without one, looks self-signed to it
 * although the authority's key has signed it. API servers in Go look at the signature, and tools that
 * make such certificates rely on that.
 */
export class TrustingAgent extends Agent {
  readonly #authorities: readonly X509Certificate[];

  /** @param ca PEM. */
  constructor(ca: string, options: AgentOptions) {
    // A session that is resumed tells nothing of the certificate.
    super({ ...options, ca, maxCachedSessions: 0 });
    this.#authorities = (ca.match(CERTIFICATE) ?? []).map((pem) => new X509Certificate(pem));
  }

  override createConnection(
    options: ConnectionOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const socket = connect({ ...options, rejectUnauthorized: false });
    const onError = (error: Error): void => callback?.(error, socket);
    socket.once('error', onError);
    socket.once('secureConnect', () => {
      socket.off('error', onError);
      const refusal = this.#refusalOf(socket, options.servername ?? options.host ?? '');
      if (refusal !== null) socket.destroy();
      callback?.(refusal, socket);
    });
    return undefined;
  }

  #refusalOf(socket: TLSSocket, host: string): Error | null {
    if (socket.authorized) return null;
    const leaf = socket.getPeerX509Certificate();
    if (leaf === undefined || !this.#signed(leaf)) return asError(socket.authorizationError);
    const isForHost =
      isIP(host) === 0 ? leaf.checkHost(host, { subject: 'never' }) : leaf.checkIP(host);
    return isForHost === undefined ? asError('ERR_TLS_CERT_ALTNAME_INVALID') : null;
  }

  /** Whether an authority of the bundle has signed it itself, and both are in their time. */
  #signed(leaf: X509Certificate): boolean {
    return this.#authorities.some(
      (authority) =>
        authority.ca &&
        isCurrent(authority) &&
        isCurrent(leaf) &&
        authority.subject === leaf.issuer &&
        leaf.verify(authority.publicKey),
    );
  }
}

const isCurrent = ({ validFromDate, validToDate }: X509Certificate): boolean =>
  validFromDate.getTime() <= Date.now() && Date.now() <= validToDate.getTime();

/** Declared an error, it is the code of one. */
function asError(error: Error | string | null): Error {
  if (error instanceof Error) return error;
  const code = error ?? 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
  return Object.assign(new Error(`the certificate is not trusted (${code})`), { code });
}
