import type { PodSpec } from 'kubernetes-types/core/v1.js';
import { type PodFields, type ProjectionFields, visitContainers } from './fields.ts';

/**
 * Takes away the fields whose feature is off in v1.36, unless the old spec uses the feature
 * already (pkg/api/pod, DropDisabledPodFields). Changes `spec` in place.
 */
export function dropDisabledPodFields(sent: PodSpec | undefined, before?: PodSpec): void {
  if (sent === undefined) return;
  const spec = sent as PodFields;
  const old = before as PodFields | undefined;
  if (!usesStopSignals(old)) {
    for (const { container } of visitContainers(spec, '')) {
      const lifecycle = container.lifecycle as { stopSignal?: string } | undefined;
      if (lifecycle === undefined) continue;
      delete lifecycle.stopSignal;
      // Upstream's lifecycle is a struct that says nothing any more.
      if (Object.keys(lifecycle).length === 0) delete container.lifecycle;
    }
  }
  if (!usesProjection(old, 'clusterTrustBundle')) dropProjection(spec, 'clusterTrustBundle');
  if (!usesProjection(old, 'podCertificate')) dropProjection(spec, 'podCertificate');
  if (old?.schedulingGroup === undefined) delete spec.schedulingGroup;
}

const usesStopSignals = (spec: PodFields | undefined): boolean =>
  spec !== undefined &&
  visitContainers(spec, '').some(
    ({ container }) =>
      (container.lifecycle as { stopSignal?: string } | undefined)?.stopSignal !== undefined,
  );

type Gated = 'clusterTrustBundle' | 'podCertificate';

const projectionsOf = (spec: PodFields | undefined): ProjectionFields[] =>
  (spec?.volumes ?? []).flatMap((volume) => volume.projected?.sources ?? []);

const usesProjection = (spec: PodFields | undefined, kind: Gated): boolean =>
  projectionsOf(spec).some((source) => source[kind] !== undefined);

function dropProjection(spec: PodFields, kind: Gated): void {
  for (const source of projectionsOf(spec)) delete source[kind];
}
