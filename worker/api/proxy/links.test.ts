import { describe, expect, it } from 'vitest';
import { rewriteLink, rewritePage } from './links.ts';

const place = {
  prefix: '/api/v1/namespaces/ns/pods/web:80/proxy',
  targetHost: '172.17.0.2:80',
};

describe('links of a proxied answer', () => {
  it.each([
    ['/login', '/api/v1/namespaces/ns/pods/web:80/proxy/login'],
    ['/login/?a=/b#c', '/api/v1/namespaces/ns/pods/web:80/proxy/login/?a=/b#c'],
    ['http://172.17.0.2:80/x', '/api/v1/namespaces/ns/pods/web:80/proxy/x'],
    ['//172.17.0.2:80/x', '/api/v1/namespaces/ns/pods/web:80/proxy/x'],
    ['http://172.17.0.2:81/x', 'http://172.17.0.2:81/x'],
    ['https://example.com/', 'https://example.com/'],
    ['next', 'next'],
    ['../up', '../up'],
    ['?page=2', '?page=2'],
    ['#top', '#top'],
    ['mailto:a@example.com', 'mailto:a@example.com'],
    [`${place.prefix}/already`, `${place.prefix}/already`],
  ])('PROXY-6: %j becomes %j', (link, want) => {
    expect(rewriteLink(link, place)).toBe(want);
  });

  it('PROXY-6: in pages they are rewritten where they stand', async () => {
    const page = new Response(
      '<html><body><a href="/rewriteme">test</a><img src=\'/i.png\'><p title="/no">x</p></body></html>',
      { headers: { 'Content-Type': 'text/html' } },
    );
    expect(await rewritePage(page, place).text()).toBe(
      `<html><body><a href="${place.prefix}/rewriteme">test</a><img src="${place.prefix}/i.png"><p title="/no">x</p></body></html>`,
    );
  });
});
