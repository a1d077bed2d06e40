import type { KubernetesObject } from '../apimachinery/meta.ts';
import type { UserInfo } from '../apimachinery/user-info.ts';
import type {
  AdmissionAttributes,
  AdmissionContext,
  AdmissionPlugin,
} from '../worker/registry/admission/plugin.ts';
import { StatusError } from '../apimachinery/status-error.ts';
import { NO_OPINION } from '../worker/registry/authz/authorizer.ts';
import type { ResourceInfo } from '../worker/registry/kind-table.ts';
import { RESOURCES } from '../worker/registry/resource-table.ts';

/** 2026-01-01T00:00:00Z. */
export const NOW = Date.UTC(2026, 0, 1);

const USER: UserInfo = { name: 'alice', groups: ['system:authenticated'] };

export function infoOf(resource: string): ResourceInfo {
  const info = RESOURCES.get(resource);
  if (info === undefined) throw new Error(`${resource} is not served`);
  return info;
}

type Given = Partial<Omit<AdmissionAttributes, 'info' | 'requested'>>;

/** A request about objects of a resource: a create in the namespace `shop`, unless given otherwise. */
export function request(resource: string, given: Given): AdmissionAttributes {
  const info = infoOf(resource);
  return {
    operation: 'CREATE',
    info,
    requested: info,
    subresource: '',
    namespace: info.namespaced ? 'shop' : '',
    name: given.object?.metadata.name ?? given.oldObject?.metadata.name ?? '',
    object: null,
    oldObject: null,
    options: {},
    dryRun: false,
    user: USER,
    warnings: [],
    auditAnnotations: new Map(),
    isReinvocation: false,
    pluginState: new Map(),
    ...given,
  };
}

/** What plugins read: these objects, by their resource. Nothing is allowed, nothing can be asked. */
export function contextOf(
  objects: Readonly<Record<string, readonly object[]>> = {},
  given: Partial<AdmissionContext> = {},
): AdmissionContext {
  const list = (resource: string): readonly KubernetesObject[] =>
    (objects[resource] ?? []) as readonly KubernetesObject[];
  const find = (resource: string, name: string): KubernetesObject | null =>
    list(resource).find(({ metadata }) => metadata.name === name) ?? null;
  return {
    now: NOW,
    namespace: 'shop',
    resources: {
      get: (resource) => RESOURCES.get(resource),
      view: () => undefined,
      isTerminating: () => false,
      ofKind: () => undefined,
    },
    get: find,
    list,
    namespaceObject: () => find('namespaces', 'shop'),
    authorizer: { authorize: () => NO_OPINION },
    inquiries: {
      ask() {
        throw new Error('nobody to ask');
      },
    },
    identities: { uid: () => 'u-1', nameSuffix: () => 'x7k2p' },
    policyRevision: '1',
    ...given,
  };
}

/** Runs a plugin as the chain does; null, or the message of the refusal. */
export function refusalOf(
  plugin: AdmissionPlugin,
  attributes: AdmissionAttributes,
  context: AdmissionContext = contextOf(),
): string | null {
  if (!plugin.handles(attributes)) return null;
  try {
    plugin.admit?.(attributes, context);
    plugin.validate?.(attributes, context);
    return null;
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}
