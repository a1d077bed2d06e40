import type { Env } from './env.ts';
import type { Scope } from './store/protocol.ts';

/** The one place that knows how Durable Objects are named. */
export const storeStub = (env: Env, scope: Scope) =>
  env.STORE.getByName(
    scope.namespace === ''
      ? `${scope.cluster}/cluster`
      : `${scope.cluster}/namespaces/${scope.namespace}`,
  );

export const schedulerStub = (env: Env, cluster: string) => env.SCHEDULER.getByName(cluster);

export const nodeStub = (env: Env, cluster: string, node: string) =>
  env.NODE.getByName(`${cluster}/nodes/${node}`);

export const streamStub = (env: Env, streamID: string) => env.STREAM.getByName(streamID);

export const directoryStub = (env: Env) => env.DIRECTORY.getByName('directory');
