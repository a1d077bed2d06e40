import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../apimachinery/names.ts';
import type { Strategy } from '../strategy.ts';

const MOUNTABLE_ONLY = 'kubernetes.io/enforce-mountable-secrets';

export const serviceAccountStrategy: Strategy = {
  prepareForCreate: keepNamesOfSecrets,
  prepareForUpdate: keepNamesOfSecrets,
  warnings(object, old) {
    const isSet = (of: KubernetesObject | null): boolean =>
      of?.metadata.annotations?.[MOUNTABLE_ONLY] !== undefined;
    const text =
      'deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets';
    return isSet(object) && !isSet(old) ? [`metadata.annotations[${MOUNTABLE_ONLY}]: ${text}`] : [];
  },
  validateName: nameIsDNSSubdomain,
  allowUnconditionalUpdate: true,
};

/** Secrets are those of the account's own namespace, so that a name is all that there is to them. */
function keepNamesOfSecrets(object: KubernetesObject): void {
  const secrets = object.secrets as { name?: string }[] | null | undefined;
  if (!secrets) return;
  object.secrets = secrets.map(({ name }) => (name ? { name } : {}));
}
