import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeAPI } from './node-api.ts';
import type { NodeAnswer } from './node-api.ts';
import { systemLogsRoute } from './system-logs.ts';

let root: string;
let api: NodeAPI;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fairlead-logs-'));
  await mkdir(join(root, 'logs/pods'), { recursive: true });
  await writeFile(join(root, 'logs/a <b>.log'), 'first\n');
  await writeFile(join(root, 'logs/empty'), '');
  await writeFile(join(root, 'secret'), 'not for you');
  await symlink(join(root, 'secret'), join(root, 'logs/out'));
  await symlink('empty', join(root, 'logs/in'));
  api = new NodeAPI([systemLogsRoute(join(root, 'logs'))]);
});

afterEach(() => rm(root, { recursive: true }));

const get = (path: string, method = 'GET'): Promise<NodeAnswer> => api.answer({ method, path });

async function bodyOf({ body }: NodeAnswer): Promise<string> {
  if (typeof body === 'string') return body;
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

describe('the logs of a node', () => {
  it('NODEAPI-2: folders are listed, files are sent', async () => {
    expect(await bodyOf(await get('/logs/'))).toContain(
      '<a href="a%20%3Cb%3E.log">a &lt;b&gt;.log</a>\n',
    );
    expect(await bodyOf(await get('/logs/'))).toContain('<a href="pods/">pods/</a>\n');
    const file = await get('/logs/a%20%3Cb%3E.log');
    expect([file.status, await bodyOf(file)]).toEqual([200, 'first\n']);
    expect(await bodyOf(await get('/logs/empty'))).toBe('');
    expect(await bodyOf(await get('/logs/in'))).toBe('');
    expect((await get('/logs/pods')).headers).toEqual([['Location', 'pods/']]);
  });

  it.each(['/logs/out', '/logs/..%2Fsecret', '/logs/%2e%2e/secret', '/logs/absent', '/logs/a%00b'])(
    'NODEAPI-2: nothing outside of them is sent: %s',
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  it('NODEAPI-1: there is nothing but reading', async () => {
    expect((await get('/logs/empty', 'PUT')).status).toBe(405);
    const head = await get('/logs/a%20%3Cb%3E.log', 'HEAD');
    expect([head.status, head.body]).toEqual([200, '']);
    expect((await get('/elsewhere')).status).toBe(404);
    expect((await get('/%')).status).toBe(404);
  });
});
