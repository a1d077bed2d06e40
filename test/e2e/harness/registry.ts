import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import { describe } from 'vitest';
import { engine } from './engine.ts';
import { IMAGE } from './image.ts';
import { Background, freePort } from './processes.ts';
import { until } from './until.ts';

const USERNAME = 'robot';
const PASSWORD = 'registry-password';
/** As clients write it down. */
export const LOGIN = {
  username: USERNAME,
  password: PASSWORD,
  auth: Buffer.from(`${USERNAME}:${PASSWORD}`).toString('base64'),
};
/** The line of htpasswd(1) for the two. */
const HTPASSWD = `${USERNAME}:$2b$05$abcdefghijklmnopqrstuux7DVfxfgfXTmp/9Tsk6HzX2QQGjxePG\n`;

const isThere = ((): boolean => {
  try {
    execFileSync('sh', ['-c', 'command -v docker-registry']);
    return true;
  } catch {
    // `command -v` fails where there is no such command.
    return false;
  }
})();

/** `describe` for tests that need a registry; where there is none, they are skipped and say so. */
export function describeWithRegistry(name: string, tests: () => void): void {
  // `.ci/run` installs one, so that nothing is skipped there.
  const title = isThere ? name : `${name} (skipped: no docker-registry on this machine)`;
  describe.skipIf(!isThere)(title, tests);
}

/** Whether an answer to such a request is cut off after some bytes. */
export type Cut = (request: string) => number | undefined;

/**
 * A registry of images on loopback that wants a name and a password, behind a proxy that can cut
 * connections off in the middle of an answer.
 */
export class Registry {
  /** What its images' names begin with. */
  readonly address: string;
  readonly #folder: string;
  readonly #process: Background;
  readonly #proxy: Server;
  readonly #sockets = new Set<Socket>();
  cut: Cut = () => undefined;

  private constructor(folder: string, process: Background, proxy: Server, port: number) {
    this.#folder = folder;
    this.#process = process;
    this.#proxy = proxy;
    this.address = `127.0.0.1:${port}`;
  }

  static async start(folder: string): Promise<Registry> {
    await mkdir(folder, { recursive: true });
    const [port, behind] = [await freePort(), await freePort()];
    await writeFile(join(folder, 'htpasswd'), HTPASSWD);
    const config = {
      version: 0.1,
      log: { level: 'error', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, 'data') } },
      http: { addr: `127.0.0.1:${behind}`, relativeurls: true },
      auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } },
    };
    // JSON is YAML.
    await writeFile(join(folder, 'config.yml'), JSON.stringify(config));
    const process = new Background('docker-registry', ['serve', join(folder, 'config.yml')]);
    const proxy = createServer();
    const registry = new Registry(folder, process, proxy, port);
    proxy.on('connection', (client) => registry.#join(client, behind));
    await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve));
    await until('the registry answers', async () => {
      const { status } = await fetch(`http://${registry.address}/v2/`);
      return status === 401;
    });
    return registry;
  }

  /** Puts an image of the engine's into the registry; the engine forgets the name that it has there. */
  async push(image: string, repository: string, tag = '1'): Promise<string> {
    const repo = `${this.address}/${repository}`;
    const name = `${repo}:${tag}`;
    await engine.getImage(image).tag({ repo, tag });
    const authconfig = { username: USERNAME, password: PASSWORD, serveraddress: this.address };
    const progress = await engine.getImage(name).push({ authconfig });
    for await (const piece of progress) {
      if (String(piece).includes('"error"')) throw new Error(`push failed: ${String(piece)}`);
    }
    await engine.getImage(name).remove();
    return name;
  }

  /** Puts an image there that is like the test image, and that the engine has not got. */
  async pushNew(repository: string): Promise<string> {
    const script = 'dd if=/dev/urandom of=/noise bs=1024 count=1024';
    const noise = await engine.createContainer({ Image: IMAGE, Cmd: ['sh', '-c', script] });
    await noise.start();
    await noise.wait();
    const repo = `${this.address}/${repository}`;
    await noise.commit({ repo, tag: 'made' });
    await noise.remove();
    const name = await this.push(`${repo}:made`, repository);
    await engine.getImage(`${repo}:made`).remove();
    return name;
  }

  /** A secret of type dockerconfigjson, for the registry or a part of it. */
  loginSecret(name: string, address = this.address): object {
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': JSON.stringify({ auths: { [address]: LOGIN } }) },
    };
  }

  /** Ends it, and removes what the engine has of it. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#proxy.close(() => resolve()));
    await this.#process.stop('SIGTERM');
    for (const { RepoTags } of await engine.listImages()) {
      for (const tag of (RepoTags ?? []).filter((name) => name.startsWith(this.address))) {
        await engine.getImage(tag).remove({ force: true });
      }
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  #join(client: Socket, port: number): void {
    const server = connect(port, '127.0.0.1');
    let left: number | undefined;
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
    }
    client.on('close', () => server.destroy());
    server.on('close', () => client.end());
    client.on('data', (piece: Buffer) => {
      const request = /^[A-Z]+ \S+/.exec(piece.toString('latin1'))?.[0];
      if (request !== undefined) left = this.cut(request);
      server.write(piece);
    });
    server.on('data', (piece: Buffer) => {
      if (left === undefined) {
        client.write(piece);
        return;
      }
      client.write(piece.subarray(0, left));
      left -= piece.length;
      if (left <= 0) client.destroy();
    });
  }
}
