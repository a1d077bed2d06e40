/**
 * Makes an image of the agent on the machine's container engine: `npm run build:agent-image [<name>]`.
 * No registry is asked. It holds the bundle, the Node that runs this script, tar, and the libraries that
 * these two are linked with; so it is for machines of this architecture. docs/agent.md says how it is run.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import Docker from 'dockerode';
import { AGENT_ENVIRONMENT, AGENT_NODE_FLAGS, agentBundle } from '../cli/agent-process.ts';
import { importImage } from '../node-agent/runtime/docker/import-image.ts';
import { tarArchive, type TarFile } from '../node-agent/runtime/docker/tar.ts';
import { AGENT_VERSION } from '../node-agent/version.ts';

const NODE = '/usr/bin/node';
const TAR = '/usr/bin/tar';
const BUNDLE = '/agent/main.js';
/** Where the agent looks for its configuration, unless it is told otherwise. */
const CONFIG = '/var/lib/fairlead/agent.json';

/** Libraries that the C library loads by name when it looks up a host, where they are apart from it. */
const RESOLVER = ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2'];

/** Builds the image and returns its name. Needs Linux, ldd and tar. */
export async function buildAgentImage(
  name = `fairlead.dev/agent:${AGENT_VERSION}`,
  engine = new Docker(),
): Promise<string> {
  const tar = inPath('tar');
  const libraries = new Set([process.execPath, tar].flatMap(librariesOf));
  const sources = new Map([
    [NODE, process.execPath],
    [TAR, tar],
    [BUNDLE, await agentBundle(() => undefined)],
    ...Array.from(libraries, (path) => [path, path] as const),
  ]);
  const programs: TarFile[] = [];
  for (const [path, source] of sources) {
    const data = await readFile(await realpath(source));
    programs.push({ name: path.slice(1), mode: 0o755, data });
  }
  const archive = tarArchive([
    ...programs,
    textFile('agent/package.json', '{"type":"module"}'),
    textFile('etc/nsswitch.conf', 'hosts: files dns\n'),
    textFile('tmp/.keep', ''),
  ]);
  await importImage(engine, name, archive, [
    `ENTRYPOINT ${JSON.stringify([NODE, ...AGENT_NODE_FLAGS, BUNDLE, '--config'])}`,
    `CMD ${JSON.stringify([CONFIG])}`,
    'ENV PATH=/usr/bin',
    ...Object.entries(AGENT_ENVIRONMENT).map(([key, value]) => `ENV ${key}=${value}`),
  ]);
  return name;
}

const textFile = (name: string, text: string): TarFile => ({
  name,
  mode: 0o644,
  data: Buffer.from(text),
});

/** @throws Error where there is no such program */
function inPath(program: string): string {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, program);
    if (existsSync(path)) return path;
  }
  throw new Error(`the image needs ${program}, which is not in PATH: install it`);
}

/** Where the loader finds what a program is linked with, the loader itself included. */
function librariesOf(program: string): string[] {
  const found = execFileSync('ldd', [program], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => /^\s+(?:\S+ => )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
  const beside = found
    .filter((path) => path.endsWith('/libc.so.6'))
    .flatMap((path) => RESOLVER.map((name) => path.replace('libc.so.6', name)));
  return [...found, ...beside.filter((path) => existsSync(path))];
}

if (import.meta.main) {
  const name = await buildAgentImage(process.argv[2]);
  process.stdout.write(`${name}\n`);
}
