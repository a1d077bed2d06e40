import type { KubernetesObject } from '../../../../../apimachinery/meta.ts';
import type { Identities } from '../../../rest/identity.ts';
import type { ContainerFields, PodFields, VolumeFields } from '../../../resources/pod/fields.ts';
import { ROOT_CA_CONFIG_MAP, ROOT_CA_KEY } from '../../root-ca-config-map.ts';

const NAME_PREFIX = 'kube-api-access-';
/** Where client libraries look for the token. */
export const TOKEN_MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
/** An hour and seven seconds: how upstream tells tokens that it asked for from others of an hour. */
const TOKEN_SECONDS = 3607;

/** Whether the pod wants a token: it says so, or its account does, or nobody does. */
export function wantsToken(pod: PodFields, account: KubernetesObject): boolean {
  const ofAccount = (account as KubernetesObject & { automountServiceAccountToken?: boolean })
    .automountServiceAccountToken;
  return pod.automountServiceAccountToken ?? ofAccount ?? true;
}

/**
 * Mounts the account's token in every container that has nothing at its place. Changes `spec` in
 * place.
 */
export function mountToken(spec: PodFields, identities: Identities): void {
  const present = spec.volumes?.find(({ name }) => name.startsWith(NAME_PREFIX))?.name;
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].filter(
    (container) => !hasMount(container),
  );
  if (containers.length === 0) return;
  const name = present ?? `${NAME_PREFIX}${identities.nameSuffix()}`;
  for (const container of containers) {
    const mount = { name, readOnly: true, mountPath: TOKEN_MOUNT_PATH };
    container.volumeMounts = [...(container.volumeMounts ?? []), mount];
  }
  if (present === undefined) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

const hasMount = ({ volumeMounts }: ContainerFields): boolean =>
  volumeMounts?.some(({ mountPath }) => mountPath === TOKEN_MOUNT_PATH) ?? false;

function tokenVolume(name: string): VolumeFields {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
        {
          configMap: { name: ROOT_CA_CONFIG_MAP, items: [{ key: ROOT_CA_KEY, path: ROOT_CA_KEY }] },
        },
        {
          downwardAPI: {
            items: [
              {
                path: 'namespace',
                fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' },
              },
            ],
          },
        },
      ],
      defaultMode: 0o644,
    },
  };
}
