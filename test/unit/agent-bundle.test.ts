import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentBundle } from '../../cli/agent-process.ts';

let bundle: string;
let directory: string;

beforeAll(async () => {
  bundle = await agentBundle(() => undefined);
  directory = await mkdtemp(join(tmpdir(), 'fairlead-bundle-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Runs the bundle to its end. */
function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return new Promise<{ code: unknown; text: string }>((resolve) => {
    const options = { env: { ...process.env, ...env }, timeout: 20_000 };
    execFile(process.execPath, [bundle, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, text: stdout + stderr }),
    );
  });
}

describe('AGENT-6: The agent as one file', () => {
  it('is a small part of what its libraries bring', async () => {
    const text = await readFile(bundle, 'utf8');
    expect(text.length).toBeLessThan(1.5 * 2 ** 20);
    expect(text).not.toMatch(/@grpc\/grpc-js\/build|protobufjs\/src|ssh2\/lib/);
  });

  it('says how it is used', async () => {
    expect(await run([])).toEqual({ code: 2, text: expect.stringContaining('--config <file>') });
  });

  it('says what is not in it, and what to do, when that is called after all', async () => {
    const stateDir = join(directory, 'state');
    await mkdir(stateDir);
    const enrolment = { nodeName: 'edge', cluster: 'default', certificate: 'c' };
    await writeFile(join(stateDir, 'enrolment.json'), JSON.stringify(enrolment));
    const config = join(directory, 'agent.json');
    const runDir = join(directory, 'run');
    const server = 'https://127.0.0.1:1';
    await writeFile(config, JSON.stringify({ server, nodeName: 'edge', stateDir, runDir }));
    const { code, text } = await run(['--config', config], { DOCKER_HOST: 'ssh://elsewhere' });
    expect(code).toBe(1);
    expect(text).toContain('DOCKER_HOST has to be a socket or a TCP address');
  });
});
