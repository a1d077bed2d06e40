import Docker from 'dockerode';
import { LABEL } from '../../../node-agent/runtime/docker/names.ts';
import { run } from './processes.ts';

export const engine = new Docker();

export interface EngineContainer {
  readonly id: string;
  /** The engine's name for it, without the slash. */
  readonly name: string;
  readonly type: 'sandbox' | 'container';
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly running: boolean;
}

/** The containers of one node, those that have ended included. */
export async function containersOf(
  nodeName: string,
  of: Docker = engine,
): Promise<EngineContainer[]> {
  const listed = await of.listContainers({
    all: true,
    filters: { label: [`${LABEL.node}=${nodeName}`] },
  });
  return listed.map(({ Id, Names, Labels, State }) => ({
    id: Id,
    name: Names[0]?.slice(1) ?? '',
    type: Labels[LABEL.type] === 'sandbox' ? 'sandbox' : 'container',
    namespace: Labels[LABEL.podNamespace] ?? '',
    pod: Labels[LABEL.podName] ?? '',
    container: Labels[LABEL.containerName] ?? '',
    running: State === 'running',
  }));
}

/** Removes whatever a node left: its containers, and the volumes of its pods in memory. */
export async function removeNodeRemains(nodeName: string): Promise<void> {
  for (const { id } of await containersOf(nodeName)) {
    await engine.getContainer(id).remove({ force: true, v: true });
  }
  const script = `cut -d' ' -f2 /proc/mounts | grep -F "$0" | sort -r | xargs -r umount; rm -rf "$0"*`;
  await run('sh', ['-c', script, `/run/fairlead/${nodeName}-`]);
}

/** Names of nodes that have containers here and begin with a prefix. */
export async function nodesWithContainers(prefix: string): Promise<string[]> {
  const listed = await engine.listContainers({ all: true, filters: { label: [LABEL.node] } });
  const names = listed.map(({ Labels }) => Labels[LABEL.node] ?? '');
  return [...new Set(names)].filter((name) => name.startsWith(prefix));
}
