import { formatAPIVersion } from '../../apimachinery/meta.ts';
import type { ResourceInfo, SubresourceInfo } from '../registry/kind-table.ts';
import type { Env } from '../durable/env.ts';
import type { ResourceAddress, Scope } from '../durable/store/protocol.ts';
import type { User } from './authn/user.ts';
import type { AccessGate } from './authz/access-gate.ts';
import type { ResourceRequest } from './request-info.ts';

/** Everything that a handler of one resource request works with. */
export interface ApiContext {
  readonly env: Env;
  readonly cluster: string;
  readonly request: Request;
  readonly query: URLSearchParams;
  readonly user: User;
  readonly info: ResourceRequest;
  readonly gate: AccessGate;
  readonly resource: ResourceInfo;
  /** Set when the request names a subresource. */
  readonly subresource?: SubresourceInfo;
}

/** Where the object of a request lives. */
export function scopeOf(context: ApiContext): Scope {
  const { cluster, info, resource } = context;
  return { cluster, namespace: resource.namespaced ? info.namespace : '' };
}

/** What a request is about, for the store that has it and decides whether its user may. */
export function addressOf(context: ApiContext): ResourceAddress {
  const { resource } = context;
  const { storage, conversion, custom } = resource;
  return {
    scope: scopeOf(context),
    resource: storage,
    access: context.gate.handOver(),
    ...(conversion === undefined && custom === undefined
      ? {}
      : { apiVersion: formatAPIVersion(resource.group, resource.version) }),
    ...(custom === undefined ? {} : { definition: custom.definition }),
  };
}

/** The stub of a store; names as in worker/durable/stubs.ts, which the API may not import. */
export function storeOf(env: Env, scope: Scope) {
  return env.STORE.getByName(
    scope.namespace === ''
      ? `${scope.cluster}/cluster`
      : `${scope.cluster}/namespaces/${scope.namespace}`,
  );
}
