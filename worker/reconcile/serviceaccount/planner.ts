import { as } from '../kinds.ts';
import type { Namespace } from '../kinds.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { DEFAULT_SERVICE_ACCOUNT, planServiceAccount } from './plan.ts';
import type { ObservedServiceAccount } from './plan.ts';

export const serviceAccountPlanner: Planner<ObservedServiceAccount> = {
  name: 'serviceaccount-controller',
  keysFor,
  observe,
  plan: planServiceAccount,
};

function keysFor({ resource, name, after }: Change): readonly string[] {
  const due =
    (resource === 'namespaces' && after !== null) ||
    (resource === 'serviceaccounts' && name === DEFAULT_SERVICE_ACCOUNT && after === null);
  return due ? [DEFAULT_SERVICE_ACCOUNT] : [];
}

function observe(reader: Reader, key: string): ObservedServiceAccount | null {
  if (key !== DEFAULT_SERVICE_ACCOUNT) return null;
  const object = reader.get('namespaces', reader.namespace);
  if (object === null) return null;
  const { metadata, status } = as<Namespace>(object);
  return {
    namespaceActive: metadata.deletionTimestamp === undefined && status?.phase !== 'Terminating',
    exists: reader.get('serviceaccounts', DEFAULT_SERVICE_ACCOUNT) !== null,
  };
}
