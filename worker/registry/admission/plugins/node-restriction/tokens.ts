import { quoteText } from '../../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../../apimachinery/meta.ts';
import type { PodFields, VolumeFields } from '../../../resources/pod/fields.ts';
import { refuse } from '../../forbidden.ts';
import type { AdmissionAttributes, AdmissionContext } from '../../plugin.ts';
import { podNamed } from './pods.ts';

interface TokenRequestSpec {
  audiences?: string[];
  boundObjectRef?: { apiVersion?: string; kind?: string; name?: string; uid?: string };
}

/** A node asks for tokens for the pods that it runs, of the accounts that they run as. */
export function restrictToken(
  node: string,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): void {
  if (attributes.operation !== 'CREATE' || attributes.subresource !== 'token') return;
  const { boundObjectRef: bound, audiences = [] } = (attributes.object?.spec ??
    {}) as TokenRequestSpec;
  if (bound?.apiVersion !== 'v1' || bound.kind !== 'Pod' || !bound.name) {
    throw refuse(attributes, 'node requested token not bound to a pod');
  }
  if (!bound.uid) {
    throw refuse(attributes, 'node requested token with a pod binding without a uid');
  }
  const pod = podNamed(bound.name, context);
  if (bound.uid !== pod.metadata.uid) {
    const why = `the UID in the bound object reference (${bound.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw refuse(attributes, why);
  }
  const spec: PodFields = pod.spec ?? {};
  if (spec.nodeName !== node) {
    throw refuse(attributes, 'node requested token bound to a pod scheduled on a different node');
  }
  restrictAudience(attributes, context, pod, audiences);
}

/** For whom tokens are is for the pod to say, or for whoever allows the node more. */
function restrictAudience(
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  pod: KubernetesObject,
  [audience = '', ...others]: readonly string[],
): void {
  if (others.length > 0) throw refuse(attributes, 'node may only request 0 or 1 audiences');
  const spec: PodFields = pod.spec ?? {};
  const volumes = spec.volumes ?? [];
  if (volumes.some((volume) => isProjected(volume, audience))) return;
  const drivers = driversOf(pod, volumes, context);
  if (drivers.some((driver) => wantsTokens(driver, audience, context))) return;
  const { user, namespace, name } = attributes;
  const { allowed } = context.authorizer.authorize(user, {
    isResourceRequest: true,
    verb: 'request-serviceaccounts-token-audience',
    apiGroup: '',
    apiVersion: 'v1',
    namespace,
    resource: audience,
    subresource: '',
    name,
  });
  if (allowed) return;
  const why = `audience ${quoteText(audience)} not found in pod spec volume, ${user.name} is not authorized to request tokens for this audience`;
  throw refuse(attributes, why);
}

const isProjected = ({ projected }: VolumeFields, audience: string): boolean =>
  projected?.sources?.some(
    ({ serviceAccountToken: token }) => token !== undefined && (token.audience ?? '') === audience,
  ) ?? false;

/** Drivers of the pod's volumes: named in the pod, or by the volumes that its claims are bound to. */
function driversOf(
  pod: KubernetesObject,
  volumes: readonly VolumeFields[],
  context: AdmissionContext,
): string[] {
  const inline = volumes.flatMap(({ csi }) => (csi === undefined ? [] : [csi.driver]));
  const bound = volumes.flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    const claim =
      persistentVolumeClaim?.claimName ??
      (ephemeral === undefined ? undefined : `${pod.metadata.name ?? ''}-${name}`);
    const found = claim === undefined ? null : context.get('persistentvolumeclaims', claim);
    const { volumeName } = (found?.spec ?? {}) as { volumeName?: string };
    return volumeName === undefined || volumeName === '' ? [] : [volumeName];
  });
  return [
    ...inline,
    ...clusterObjects('persistentvolumes', bound, context).flatMap(({ spec }) => {
      const driver = (spec as { csi?: { driver?: string } } | undefined)?.csi?.driver;
      return driver === undefined ? [] : [driver];
    }),
  ];
}

const wantsTokens = (driver: string, audience: string, context: AdmissionContext): boolean =>
  clusterObjects('csidrivers.storage.k8s.io', [driver], context).some(({ spec }) =>
    ((spec ?? {}) as { tokenRequests?: { audience?: string }[] }).tokenRequests?.some(
      (request) => (request.audience ?? '') === audience,
    ),
  );

function clusterObjects(
  resource: string,
  names: readonly string[],
  context: AdmissionContext,
): KubernetesObject[] {
  if (names.length === 0) return [];
  const inquiries = names.map((name) => ({
    kind: 'objects' as const,
    namespace: '',
    resource,
    name,
  }));
  return context.inquiries.ask(inquiries).flat();
}
