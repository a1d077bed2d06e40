import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { groupResource } from '../../apimachinery/object-key.ts';
import { compileDefinition, type Definition } from '../registry/crd/definition.ts';
import { DEFINITIONS } from '../registry/hidden-resources.ts';
import type { ResourceInfo } from '../registry/kind-table.ts';
import { ENDPOINTS, findResource } from '../registry/resource-table.ts';
import { findUsageResource } from '../registry/usage/usage-resources.ts';
import type { Env } from '../durable/env.ts';
import { storeOf } from './api-context.ts';
import { textOf } from './text-of.ts';
import { unwrap } from './unwrap.ts';

/** For so long a request may be served by definitions that were read before it. Milliseconds. */
const FRESH_MS = 500;
/** Clusters whose definitions an isolate holds; the one that was not asked for longest goes first. */
const MAX_CLUSTERS = 64;

/** What a cluster defines beside the built-in resources, as of a moment. */
export interface Catalog {
  /** Changes with every change of a definition. */
  readonly revision: string;
  /** Every resource in every version that is served. */
  readonly endpoints: readonly ResourceInfo[];
  readonly definitions: ReadonlyMap<string, Definition>;
}

interface Held {
  readonly catalog: Catalog;
  readonly readAt: number;
}

const held = new Map<string, Held>();

/**
 * The served resource at a group, version and plural name. Built-in ones cost nothing; for others
 * the cluster's definitions are looked at, at most half a second old.
 */
export async function findServed(
  env: Env,
  cluster: string,
  group: string,
  version: string,
  resource: string,
): Promise<ResourceInfo | undefined> {
  const builtIn =
    findResource(group, version, resource) ?? findUsageResource(group, version, resource);
  // Custom resources have a group with a dot in it.
  if (builtIn !== undefined || !group.includes('.')) return builtIn;
  const known = held.get(cluster);
  if (known !== undefined && known.readAt + FRESH_MS > Date.now()) {
    const found = lookUp(known.catalog, group, version, resource);
    if (found !== undefined) return found;
  }
  return lookUp(await catalogOf(env, cluster), group, version, resource);
}

function lookUp(
  { definitions }: Catalog,
  group: string,
  version: string,
  resource: string,
): ResourceInfo | undefined {
  const definition = definitions.get(groupResource(group, resource));
  return definition?.served.find((info) => info.version === version);
}

/** What the cluster serves now: everything that was acknowledged before is in it. */
export async function catalogOf(env: Env, cluster: string): Promise<Catalog> {
  const scope = { cluster, namespace: '' };
  const known = held.get(cluster)?.catalog;
  const revision = await storeOf(env, scope).definitionsRevision(scope);
  const catalog =
    known?.revision === revision ? known : await readDefinitions(env, cluster, revision, known);
  held.delete(cluster);
  held.set(cluster, { catalog, readAt: Date.now() });
  for (const [name] of held) {
    if (held.size <= MAX_CLUSTERS) break;
    held.delete(name);
  }
  return catalog;
}

async function readDefinitions(
  env: Env,
  cluster: string,
  revision: string,
  known: Catalog | undefined,
): Promise<Catalog> {
  const scope = { cluster, namespace: '' };
  // The list may be newer than the revision that it is kept under: it is then read once too often.
  const { body } = unwrap(
    await storeOf(env, scope).list({
      scope,
      resource: DEFINITIONS,
      labelSelector: '',
      fieldSelector: '',
      limit: 0,
      after: '',
      separator: '\n',
    }),
  );
  const definitions = new Map<string, Definition>();
  for (const line of (await textOf(body)).split('\n')) {
    if (line === '') continue;
    const object = JSON.parse(line) as KubernetesObject;
    const name = object.metadata.name ?? '';
    const { resourceVersion = '' } = object.metadata;
    const before = known?.definitions.get(name);
    definitions.set(
      name,
      before?.resourceVersion === resourceVersion ? before : compileDefinition(object),
    );
  }
  const custom = [...definitions.values()].flatMap((definition) => definition.served);
  return {
    revision,
    endpoints: custom.length === 0 ? ENDPOINTS : [...ENDPOINTS, ...custom],
    definitions,
  };
}
