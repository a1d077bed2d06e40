import { describe, expect, it } from 'vitest';
import { parseRequestInfo, splitCluster } from '../request-info.ts';
import { splitProxyPath } from './proxy-path.ts';

const PREFIX = '/api/v1/namespaces/ns/pods/web/proxy';

function split(pathname: string) {
  const { path } = splitCluster(decodeURIComponent(pathname));
  const info = parseRequestInfo('GET', path, new URLSearchParams());
  return splitProxyPath(pathname, info.isResourceRequest ? info.rest : '');
}

describe('splitProxyPath', () => {
  it.each([
    ['', ''],
    ['/', '/'],
    ['/a/b', '/a/b'],
    ['/a/b/', '/a/b/'],
    ['/a//b', '/a//b'],
    ['/a%20b/%3Fc', '/a%20b/%3Fc'],
    ['/a%2Fb/c', '/a%2Fb/c'],
    ['/caf%C3%A9', '/caf%C3%A9'],
  ])('PROXY-2: what follows the proxy reaches the target as it was sent: %j', (tail, want) => {
    expect(split(`${PREFIX}${tail}`)).toEqual({ prefix: PREFIX, path: want });
    const cluster = `/clusters/blue${PREFIX}`;
    expect(split(`${cluster}${tail}`)).toEqual({ prefix: cluster, path: want });
    const node = '/api/v1/nodes/n1/proxy';
    expect(split(`${node}${tail}`)).toEqual({ prefix: node, path: want });
  });
});
