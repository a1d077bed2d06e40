import type { KubernetesObject } from '../../../../../apimachinery/meta.ts';
import type { ContainerFields, PodFields } from '../../../resources/pod/fields.ts';

const ENFORCE = 'kubernetes.io/enforce-mountable-secrets';
/** What Go's strconv.ParseBool takes for true. */
const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);

interface Account extends KubernetesObject {
  secrets?: { name?: string }[];
  imagePullSecrets?: { name?: string }[];
}

/** Whether pods of the account may use only the secrets that it lists. */
export const enforcesSecrets = ({ metadata }: KubernetesObject): boolean =>
  TRUE.has(metadata.annotations?.[ENFORCE] ?? '');

/** The first secret of the pod that its account does not list, in upstream's words; null for none. */
export function foreignSecret(spec: PodFields, account: Account): string | null {
  const known = namesOf(account.secrets);
  const whose = account.metadata.name ?? '';
  for (const { secret } of spec.volumes ?? []) {
    if (secret !== undefined && !known.has(secret.secretName)) {
      return notAllowed(`volume with secret.secretName="${secret.secretName ?? ''}"`, whose);
    }
  }
  const ofContainers =
    ofFirst(spec.initContainers, 'init container', known, whose) ??
    ofFirst(spec.containers, 'container', known, whose);
  if (ofContainers !== null) return ofContainers;
  const pull = namesOf(account.imagePullSecrets);
  for (const [i, { name = '' }] of (spec.imagePullSecrets ?? []).entries()) {
    if (pull.has(name)) continue;
    return `imagePullSecrets[${i}].name="${name}" is not allowed because service account ${whose} does not reference that imagePullSecret`;
  }
  return null;
}

/** The same, of containers that are added to a pod. */
export const foreignEphemeralSecret = (spec: PodFields, account: Account): string | null =>
  ofFirst(
    spec.ephemeralContainers,
    'ephemeral container',
    namesOf(account.secrets),
    account.metadata.name ?? '',
  );

const namesOf = (list: { name?: string }[] | undefined): ReadonlySet<string | undefined> =>
  new Set((list ?? []).map(({ name }) => name));

const notAllowed = (what: string, account: string): string =>
  `${what} is not allowed because service account ${account} does not reference that secret`;

function ofFirst(
  containers: readonly ContainerFields[] | null | undefined,
  kind: string,
  known: ReadonlySet<string | undefined>,
  account: string,
): string | null {
  for (const { name, env, envFrom } of containers ?? []) {
    for (const { name: variable, valueFrom } of env ?? []) {
      const secret = valueFrom?.secretKeyRef;
      if (secret === undefined || known.has(secret.name)) continue;
      const what = `${kind} ${name} with envVar ${variable} referencing secret.secretName="${secret.name ?? ''}"`;
      return notAllowed(what, account);
    }
    for (const { secretRef } of envFrom ?? []) {
      if (secretRef === undefined || known.has(secretRef.name)) continue;
      const what = `${kind} ${name} with envFrom referencing secret.secretName="${secretRef.name ?? ''}"`;
      return notAllowed(what, account);
    }
  }
  return null;
}
