import { describe, expect, it } from 'vitest';
import { forwardedRequestHeaders, forwardedResponseHeaders } from './headers.ts';

const sent = (headers: Record<string, string>) =>
  Object.fromEntries(forwardedRequestHeaders(new Headers(headers), '/proxied/x'));

describe('headers of a proxied request', () => {
  it('PROXY-4: what lets somebody act as the client is never passed on', () => {
    const token = 'base64url.bearer.authorization.k8s.io.dG9rZW4';
    expect(
      sent({
        Authorization: 'Bearer secret',
        'Impersonate-User': 'root',
        'Impersonate-Extra-a': 'b',
        'Proxy-Authorization': 'Basic x',
        'Sec-WebSocket-Protocol': `${token}, chat`,
        'Sec-WebSocket-Key': 'x',
        Accept: 'text/plain',
      }),
    ).toEqual({
      accept: 'text/plain',
      'sec-websocket-protocol': 'chat',
      'x-forwarded-uri': '/proxied/x',
    });
    expect(sent({ 'Sec-WebSocket-Protocol': token })).toEqual({ 'x-forwarded-uri': '/proxied/x' });
  });

  it('PROXY-4: headers of the connection stay on it, named ones too', () => {
    expect(
      sent({
        Connection: 'keep-alive, X-Mine',
        'Keep-Alive': 'timeout=5',
        TE: 'trailers',
        Upgrade: 'h2c',
        'X-Mine': '1',
        'X-Other': '2',
      }),
    ).toEqual({ 'x-other': '2', 'x-forwarded-uri': '/proxied/x' });
  });

  it('PROXY-4: the client cannot say by which path it came', () => {
    expect(sent({ 'X-Forwarded-Uri': '/elsewhere' })).toEqual({ 'x-forwarded-uri': '/proxied/x' });
  });
});

describe('headers of a proxied response', () => {
  it('PROXY-4: cookies stay apart, and headers of the connection stay behind', () => {
    expect(
      forwardedResponseHeaders([
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
        ['Connection', 'close, X-Hop'],
        ['X-Hop', '1'],
        ['Transfer-Encoding', 'chunked'],
        ['Access-Control-Allow-Origin', '*'],
        ['X-Kept', '1'],
      ]),
    ).toEqual([
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['X-Kept', '1'],
    ]);
  });
});
