import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { PodFields } from '../../resources/pod/fields.ts';
import { MIRROR_POD } from '../../resources/pod/validate-annotations.ts';
import { fail, refuse } from '../forbidden.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../plugin.ts';
import { secretNames } from '../pod-references.ts';
import {
  enforcesSecrets,
  foreignEphemeralSecret,
  foreignSecret,
} from './service-account/mountable-secrets.ts';
import { mountToken, wantsToken } from './service-account/token-volume.ts';

export const DEFAULT_SERVICE_ACCOUNT = 'default';

/**
 * Upstream's ServiceAccount: every pod runs as an account of its namespace, `default` unless it says
 * otherwise, and takes over the account's pull secrets and its token. Images of pods that a node
 * has from elsewhere run as nobody, and so may use nothing that is an account's to use.
 */
export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  handles: ({ info, operation, subresource }) =>
    info.storage === 'pods' &&
    (operation === 'CREATE'
      ? subresource === ''
      : operation === 'UPDATE' && subresource === 'ephemeralcontainers'),
  admit(attributes, context) {
    const { object, operation } = attributes;
    if (object === null || operation !== 'CREATE') return;
    if (!isMirror(object)) completePod(attributes, context, object);
    validatePod(attributes, context, object);
  },
  validate(attributes, context) {
    const { object, operation } = attributes;
    if (object === null) return;
    if (operation === 'CREATE') validatePod(attributes, context, object);
    else validateEphemeral(attributes, context, object);
  },
};

const specOf = (pod: KubernetesObject): PodFields => pod.spec ?? {};

const isMirror = ({ metadata }: KubernetesObject): boolean =>
  metadata.annotations?.[MIRROR_POD] !== undefined;

function completePod(
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  pod: KubernetesObject,
): void {
  const spec = specOf(pod);
  pod.spec = spec;
  const name = spec.serviceAccountName || spec.serviceAccount || DEFAULT_SERVICE_ACCOUNT;
  // The two names of this field are one; the older is kept for old clients.
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
  const account = accountOf(attributes, context, name);
  if (wantsToken(spec, account)) mountToken(spec, context.identities);
  if ((spec.imagePullSecrets ?? []).length > 0) return;
  const inherited = (account['imagePullSecrets'] ?? []) as { name?: string }[];
  if (inherited.length > 0) {
    spec.imagePullSecrets = inherited.map((secret) =>
      secret.name === undefined ? {} : { name: secret.name },
    );
  }
}

/** @throws StatusError Forbidden where there is no such account. */
function accountOf(
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  name: string,
): KubernetesObject {
  const account = context.get('serviceaccounts', name);
  if (account !== null) return account;
  const why = `error looking up service account ${attributes.namespace}/${name}: serviceaccount "${name}" not found`;
  throw refuse(attributes, why);
}

function validatePod(
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  pod: KubernetesObject,
): void {
  if (isMirror(pod)) {
    const problem = mirrorProblem(specOf(pod));
    if (problem !== null) throw refuse(attributes, problem);
    return;
  }
  const account = requireAccount(attributes, context, pod);
  const foreign = enforcesSecrets(account) ? foreignSecret(specOf(pod), account) : null;
  if (foreign !== null) throw refuse(attributes, foreign);
}

function mirrorProblem(spec: PodFields): string | null {
  if (spec.serviceAccountName) return 'a mirror pod may not reference service accounts';
  if (secretNames(spec).length > 0) return 'a mirror pod may not reference secrets';
  const usesToken = spec.volumes?.some(({ projected }) =>
    projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken !== undefined),
  );
  return usesToken === true
    ? 'a mirror pod may not use ServiceAccountToken volume projections'
    : null;
}

function requireAccount(
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  pod: KubernetesObject,
): KubernetesObject {
  const { serviceAccountName } = specOf(pod);
  if (serviceAccountName) return accountOf(attributes, context, serviceAccountName);
  const name = `${attributes.namespace}/${pod.metadata.name ?? ''}`;
  throw refuse(attributes, `no service account specified for pod ${name}`);
}

/** Containers that are added to debug a pod may use no more than the others. */
function validateEphemeral(
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  pod: KubernetesObject,
): void {
  const account = requireAccount(attributes, context, pod);
  const foreign = enforcesSecrets(account) ? foreignEphemeralSecret(specOf(pod), account) : null;
  if (foreign !== null) throw fail(foreign);
}
