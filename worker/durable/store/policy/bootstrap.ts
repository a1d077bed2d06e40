import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { API_SERVER_USER } from '../../../../apimachinery/user-info.ts';
import type { BootstrapPolicy } from '../../../registry/authz/bootstrap/bootstrap-policy.ts';
import {
  reconcileBinding,
  reconcileRole,
  type Reconciliation,
} from '../../../registry/authz/bootstrap/reconcile-policy.ts';
import { SYSTEM_PRIORITY_CLASSES } from '../../../registry/resources/scheduling/system-priority-classes.ts';
import { API_SERVER_MANAGER } from '../field-tracking.ts';
import type { StoreContext } from '../store-context.ts';
import { createObject } from '../verbs/create.ts';
import { deleteUnasked } from '../verbs/delete.ts';
import { updateObject } from '../verbs/update.ts';

/** Where a store keeps the version of the default policy that it has last seen to. */
export const BOOTSTRAP_POLICY = 'bootstrapPolicy';

const GROUP = 'rbac.authorization.k8s.io';
const PRIORITY_CLASSES = 'priorityclasses.scheduling.k8s.io';
const WRITER = { user: API_SERVER_USER, fieldManager: API_SERVER_MANAGER };

/** Brings the default roles and bindings of a store up to date. Inside a transaction. */
export function ensurePolicy(context: StoreContext, { roles, bindings }: BootstrapPolicy): void {
  for (const expected of roles) ensure(context, expected, reconcileRole);
  for (const expected of bindings) ensure(context, expected, reconcileBinding);
}

/** Makes the priority classes that every cluster has. Inside a transaction. */
export function ensurePriorityClasses(context: StoreContext): void {
  for (const object of SYSTEM_PRIORITY_CLASSES) {
    const { name = '' } = object.metadata;
    if (context.commits.read({ resource: PRIORITY_CLASSES, name }) !== null) continue;
    createObject(context, { ...WRITER, resource: PRIORITY_CLASSES }, copyOf(object));
  }
}

type Reconcile = (
  existing: KubernetesObject | null,
  expected: KubernetesObject,
) => Reconciliation | null;

function ensure(context: StoreContext, expected: KubernetesObject, reconcile: Reconcile): void {
  const resource = `${(expected.kind ?? '').toLowerCase()}s.${GROUP}`;
  const { name = '' } = expected.metadata;
  const change = reconcile(context.commits.read({ resource, name }), expected);
  if (change === null) return;
  const object = copyOf(change.object);
  if (change.operation === 'update') {
    updateObject(context, { ...WRITER, resource, name, subresource: '' }, object);
    return;
  }
  if (change.operation === 'recreate') {
    const options = { preconditions: { uid: change.uid } };
    deleteUnasked(context, { ...WRITER, resource, name, options });
  }
  createObject(context, { ...WRITER, resource }, object);
}

/** The registry changes what it is given. */
const copyOf = (object: KubernetesObject): KubernetesObject =>
  JSON.parse(JSON.stringify(object)) as KubernetesObject;
