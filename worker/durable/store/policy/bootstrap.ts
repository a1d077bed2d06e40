import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { API_SERVER_USER } from '../../../../apimachinery/user-info.ts';
import {
  BOOTSTRAP_POLICY_VERSION,
  type BootstrapPolicy,
  CLUSTER_POLICY,
  namespacePolicy,
} from '../../../registry/authz/bootstrap/bootstrap-policy.ts';
import {
  reconcileBinding,
  reconcileRole,
  type Reconciliation,
} from '../../../registry/authz/bootstrap/reconcile-policy.ts';
import { SYSTEM_PRIORITY_CLASSES } from '../../../registry/resources/scheduling/system-priority-classes.ts';
import { LOCAL_PATH_CLASS } from '../../../registry/resources/storage/local-path-class.ts';
import { API_SERVER_MANAGER } from '../field-tracking.ts';
import type { MetaTable } from '../meta-table.ts';
import type { StoreContext } from '../store-context.ts';
import { createObject } from '../verbs/create.ts';
import { deleteUnasked } from '../verbs/delete.ts';
import { updateObject } from '../verbs/update.ts';

/** Where a store keeps the version of the default policy that it has last seen to. */
const BOOTSTRAP_POLICY = 'bootstrapPolicy';

/** Set once the cluster was given its first storage class: it is not made again. */
const STORAGE_CLASS = 'storageClass';
const STORAGE_CLASSES = 'storageclasses.storage.k8s.io';

const GROUP = 'rbac.authorization.k8s.io';
const PRIORITY_CLASSES = 'priorityclasses.scheduling.k8s.io';
const WRITER = { user: API_SERVER_USER, fieldManager: API_SERVER_MANAGER };

/** Whether a store has seen to the default policy of this version. */
export const hasBootstrapPolicy = (meta: MetaTable): boolean =>
  meta.get(BOOTSTRAP_POLICY) === BOOTSTRAP_POLICY_VERSION;

/** Cluster scope: whether there is nothing that {@link ensureClusterPolicy} would have to make. */
export const hasClusterPolicy = (meta: MetaTable): boolean =>
  hasBootstrapPolicy(meta) && meta.get(STORAGE_CLASS) !== null;

/** Cluster scope: brings default roles, bindings and priority classes up to date. In a transaction. */
export function ensureClusterPolicy(context: StoreContext, meta: MetaTable): void {
  ensurePriorityClasses(context);
  ensureStorageClass(context, meta);
  ensurePolicy(context, CLUSTER_POLICY);
  meta.set(BOOTSTRAP_POLICY, BOOTSTRAP_POLICY_VERSION);
}

/** The same of a namespace's own roles; most have none. */
export function ensureNamespacePolicy(context: StoreContext, meta: MetaTable): void {
  ensurePolicy(context, namespacePolicy(context.namespace));
  meta.set(BOOTSTRAP_POLICY, BOOTSTRAP_POLICY_VERSION);
}

function ensurePolicy(context: StoreContext, { roles, bindings }: BootstrapPolicy): void {
  for (const expected of roles) ensure(context, expected, reconcileRole);
  for (const expected of bindings) ensure(context, expected, reconcileBinding);
}

/** Makes the priority classes that every cluster has. */
function ensurePriorityClasses(context: StoreContext): void {
  for (const object of SYSTEM_PRIORITY_CLASSES) {
    const { name = '' } = object.metadata;
    if (context.commits.read({ resource: PRIORITY_CLASSES, name }) !== null) continue;
    createObject(context, { ...WRITER, resource: PRIORITY_CLASSES }, copyOf(object));
  }
}

/** Makes the default storage class, once: who deletes or changes it has the last word. */
function ensureStorageClass(context: StoreContext, meta: MetaTable): void {
  if (meta.get(STORAGE_CLASS) !== null) return;
  const { name = '' } = LOCAL_PATH_CLASS.metadata;
  if (context.commits.read({ resource: STORAGE_CLASSES, name }) === null) {
    createObject(context, { ...WRITER, resource: STORAGE_CLASSES }, copyOf(LOCAL_PATH_CLASS));
  }
  meta.set(STORAGE_CLASS, name);
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
