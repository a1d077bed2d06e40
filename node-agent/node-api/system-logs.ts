import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { notFound, textAnswer } from './node-api.ts';
import type { NodeAnswer, NodeRoute } from './node-api.ts';

const PREFIX = '/logs/';
const MARKUP: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
};

/**
 * `/logs/…`: the files of a directory, and pages that list it. Links that lead out of it are not
 * followed, since pods with a hostPath could lay them.
 */
export function systemLogsRoute(directory: string): NodeRoute {
  return async (path) => {
    if (path === '/logs') return movedTo('logs/');
    if (!path.startsWith(PREFIX)) return undefined;
    try {
      return await answerFor(directory, path.slice(PREFIX.length));
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EPERM') return textAnswer(403, '403 Forbidden\n');
      if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(code)) return notFound();
      throw error;
    }
  };
}

async function answerFor(directory: string, path: string): Promise<NodeAnswer> {
  if (path.includes('\0')) return notFound();
  const root = await realpath(directory);
  const found = await realpath(join(root, path));
  if (found !== root && !found.startsWith(root + sep)) return notFound();
  const facts = await stat(found);
  if (facts.isDirectory()) {
    if (path !== '' && !path.endsWith('/')) return movedTo(`${lastOf(path)}/`);
    return listing(found);
  }
  if (!facts.isFile()) return notFound();
  const headers: NodeAnswer['headers'] = [
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Length', String(facts.size)],
    ['Last-Modified', facts.mtime.toUTCString()],
  ];
  if (facts.size === 0) return { status: 200, headers, body: '' };
  // A log that grows meanwhile is sent as long as it was said to be.
  const file = createReadStream(found, { end: facts.size - 1 });
  return { status: 200, headers, body: file, close: () => file.destroy() };
}

async function listing(directory: string): Promise<NodeAnswer> {
  const entries = await readdir(directory, { withFileTypes: true });
  const lines = entries
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort()
    .map((name) => {
      const href = encodeURIComponent(name).replaceAll('%2F', '/');
      return `<a href="${href}">${name.replace(/[&<>"]/g, (c) => MARKUP[c] ?? c)}</a>\n`;
    });
  return {
    status: 200,
    headers: [['Content-Type', 'text/html; charset=utf-8']],
    body: `<!doctype html>\n<pre>\n${lines.join('')}</pre>\n`,
  };
}

const movedTo = (location: string): NodeAnswer => ({
  status: 301,
  headers: [['Location', location]],
  body: '',
});

const lastOf = (path: string): string => encodeURIComponent(path.split('/').at(-1) ?? '');
