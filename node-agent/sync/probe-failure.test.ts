import { describe, expect, it } from 'vitest';
import { dialFailure, requestFailure } from './probe-failure.ts';

const failure = (code: string, message: string, name = 'Error') =>
  Object.assign(new Error(message), { code, name });

describe('a failed probe', () => {
  it.each([
    ['ECONNREFUSED', '10.0.0.1', 'dial tcp 10.0.0.1:80: connect: connection refused'],
    ['EHOSTUNREACH', '10.0.0.1', 'dial tcp 10.0.0.1:80: connect: no route to host'],
    ['ECONNREFUSED', 'fd00::1', 'dial tcp [fd00::1]:80: connect: connection refused'],
    ['EOTHER', '10.0.0.1', 'what Node said'],
  ])('to connect (%s to %s) is told as kubelet does', (code, host, want) => {
    expect(dialFailure(failure(code, 'what Node said'), host, 80)).toBe(want);
  });

  it.each([
    [failure('ECONNREFUSED', ''), 'dial tcp 10.0.0.1:80: connect: connection refused'],
    [
      failure('ABORT_ERR', 'The operation was aborted', 'AbortError'),
      'context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    ],
    [failure('ECONNRESET', 'socket hang up'), 'EOF'],
    [failure('ECONNRESET', 'read ECONNRESET'), 'read: connection reset by peer'],
  ])('over HTTP (%s) names its address', (error, want) => {
    expect(requestFailure(error, 'http://10.0.0.1:80/', '10.0.0.1', 80)).toBe(
      `Get "http://10.0.0.1:80/": ${want}`,
    );
  });
});
