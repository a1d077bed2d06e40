/**
 * The channels of Kubernetes' remote command protocol over WebSocket: the first byte of each
 * binary message is the channel.
 */
export const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

export type ClientMessage =
  | { readonly kind: 'stdin'; readonly data: Buffer }
  | { readonly kind: 'closeStdin' }
  | { readonly kind: 'resize'; readonly width: number; readonly height: number }
  | { readonly kind: 'ignored' };

/** Reads one message of the client. Malformed ones are ignored, as upstream does. */
export function parseClientMessage(message: Buffer, subprotocol: string): ClientMessage {
  const data = message.subarray(1);
  switch (message[0]) {
    case CHANNEL.stdin:
      return { kind: 'stdin', data };
    case CHANNEL.resize:
      return parseResize(data);
    case CHANNEL.close: {
      const closesStdin = subprotocol.startsWith('v5.') && data[0] === CHANNEL.stdin;
      return { kind: closesStdin ? 'closeStdin' : 'ignored' };
    }
    default:
      return { kind: 'ignored' };
  }
}

function parseResize(data: Buffer): ClientMessage {
  try {
    const size = JSON.parse(data.toString('utf8')) as { Width?: unknown; Height?: unknown };
    const { Width: width, Height: height } = size;
    if (typeof width === 'number' && typeof height === 'number' && width > 0 && height > 0) {
      return { kind: 'resize', width, height };
    }
  } catch {
    // Not JSON: there is no size to take from it.
  }
  return { kind: 'ignored' };
}

export function channelMessage(channel: number, data: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(channel), data]);
}

/** The last word on the error channel: how the command ended. */
export function exitStatus(exitCode: number): object {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  const cause = `command terminated with exit code ${exitCode}`;
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: ${cause}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}

/** The last word where the command could not be run, or its streams broke. */
export function failureStatus(message: string): object {
  return {
    metadata: {},
    status: 'Failure',
    message: `Internal error occurred: ${message}`,
    reason: 'InternalError',
    details: { causes: [{ message }] },
    code: 500,
  };
}
