import { closeSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { openLog } from './log-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'fairlead-log-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('a log that has grown beyond 10 MiB is put aside when its process starts', () => {
  const path = join(folder, 'node.log');
  closeSync(openLog(path));
  expect(readdirSync(folder)).toEqual(['node.log']);
  writeFileSync(path, 'old');
  truncateSync(path, 10 * 1024 * 1024 + 1);
  closeSync(openLog(path));
  expect(readdirSync(folder)).toEqual(['node.log', 'node.log.1']);
});
