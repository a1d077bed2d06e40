import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentStatusSchema } from '../agent-status.ts';
import type { AgentStatus } from '../agent-status.ts';
import { ManualClock } from '../manual-clock.ts';
import { StatusFile } from './status-file.ts';

describe('The file that says how an agent is', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fairlead-status-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const said = (up: boolean): AgentStatus => ({
    release: '0.1.0-abc',
    pid: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    writtenAt: '2026-01-01T00:00:00.000Z',
    nodeName: 'edge',
    server: 'https://plane.example',
    link: { up, since: '2026-01-01T00:00:00.000Z' },
    isShuttingDown: false,
    pods: { total: 0, running: 0, areTakenUp: true, list: [] },
  });

  it('INSTALL-3: is written at once, soon after a change, and every few seconds; then it is gone', async () => {
    const path = join(directory, 'status.json');
    const clock = new ManualClock();
    const link = { up: false };
    let written = 0;
    const file = new StatusFile({
      path,
      clock,
      logger: pino({ level: 'silent' }),
      status() {
        written++;
        return said(link.up);
      },
    });
    const isUp = async () =>
      agentStatusSchema.parse(JSON.parse(await readFile(path, 'utf8'))).link.up;
    file.start();
    await expect.poll(isUp).toBe(false);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    link.up = true;
    file.changed();
    file.changed();
    clock.advance(200);
    await expect.poll(isUp).toBe(true);
    expect(written).toBe(2);
    await expect
      .poll(() => {
        clock.advance(5_000);
        return written;
      })
      .toBeGreaterThan(2);
    await file.stop();
    expect(await readdir(directory)).toEqual([]);
  });
});
