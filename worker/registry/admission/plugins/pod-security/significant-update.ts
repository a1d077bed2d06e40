import type { KubernetesObject, ObjectMeta } from '../../../../../apimachinery/meta.ts';
import type { ContainerFields, PodFields } from '../../../resources/pod/fields.ts';
import { SECCOMP_CONTAINER, SECCOMP_POD } from '../../../resources/pod/security-profiles.ts';

/**
 * Whether an update changes anything that the standards are about: of what can be changed in a pod,
 * images, profiles, and containers that are added to debug it.
 */
export function isSignificantUpdate(pod: KubernetesObject, old: KubernetesObject): boolean {
  const spec: PodFields = pod.spec ?? {};
  const before: PodFields = old.spec ?? {};
  const differs = (key: string): boolean =>
    (pod.metadata.annotations?.[key] ?? '') !== (old.metadata.annotations?.[key] ?? '');
  if (differs(SECCOMP_POD)) return true;
  const isChanged = (container: ContainerFields, was: ContainerFields | undefined): boolean =>
    was === undefined ||
    container.image !== was.image ||
    differs(`${SECCOMP_CONTAINER}${container.name}`);
  for (const list of ['containers', 'initContainers'] as const) {
    const [now, then] = [spec[list] ?? [], before[list] ?? []];
    if (now.length !== then.length) return true;
    if (now.some((container, i) => isChanged(container, then[i]))) return true;
  }
  return (spec.ephemeralContainers ?? []).some((container) =>
    isChanged(
      container,
      before.ephemeralContainers?.find(({ name }) => name === container.name),
    ),
  );
}

interface Template {
  metadata?: Pick<ObjectMeta, 'annotations'>;
  spec?: PodFields;
}

/** The template of a workload's pods; null where it has none. */
export function templateOf(resource: string, object: KubernetesObject): Template | null {
  if (resource === 'podtemplates') return (object['template'] as Template | undefined) ?? null;
  const spec = (object.spec ?? {}) as {
    template?: Template;
    jobTemplate?: { spec?: { template?: Template } };
  };
  return (resource === 'cronjobs.batch' ? spec.jobTemplate?.spec?.template : spec.template) ?? null;
}
