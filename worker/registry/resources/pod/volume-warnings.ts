import { claimSpecWarnings } from '../volumes/claim-warnings.ts';
import type { VolumeFields } from './fields.ts';

/** Kinds of volumes that no longer work, and since when. */
const GONE: Readonly<Record<string, string>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

export function volumeWarnings(volumes: readonly VolumeFields[], path: string): string[] {
  const warnings: string[] = [];
  volumes.forEach((volume, i) => {
    for (const [kind, text] of Object.entries(GONE)) {
      if ((volume as unknown as Record<string, unknown>)[kind] === undefined) continue;
      // Upstream spells this one otherwise in its warning.
      const shown = kind === 'storageos' ? 'storageOS' : kind;
      warnings.push(`${path}[${i}].${shown}: ${text}`);
    }
    const template = volume.ephemeral?.volumeClaimTemplate;
    if (template !== undefined) {
      const field = `${path}[${i}].ephemeral.volumeClaimTemplate.spec`;
      warnings.push(...claimSpecWarnings(template.spec ?? {}, field));
    }
  });
  return [...warnings, ...volumes.flatMap(overlapWarnings)];
}

const pathsOf = (items: readonly { path?: string }[]): string[] =>
  items.map(({ path }) => path ?? '');

/** Files of one volume that would be in each other's place. */
function overlapWarnings(volume: VolumeFields): string[] {
  const of = `volume ${JSON.stringify(volume.name)}`;
  const { configMap, secret, downwardAPI, projected } = volume;
  const named = (kind: string, name: string | undefined): string =>
    `${of} (${kind} ${JSON.stringify(name ?? '')}): overlapping paths`;
  return [
    ...overlaps(pathsOf(configMap?.items ?? []), named('ConfigMap', configMap?.name)),
    ...overlaps(pathsOf(secret?.items ?? []), named('Secret', secret?.secretName)),
    ...overlaps(pathsOf(downwardAPI?.items ?? []), `${of} (DownwardAPI): overlapping paths`),
    ...projectedWarnings(projected?.sources ?? [], of),
  ];
}

type Projection = NonNullable<NonNullable<VolumeFields['projected']>['sources']>[number];

function projectedWarnings(sources: readonly Projection[], of: string): string[] {
  const warnings: string[] = [];
  const all = new Set<string>();
  for (const source of sources) {
    if (Object.values(source).every((kind) => kind === undefined)) {
      warnings.push(`${of} (Projected) has no sources provided`);
      continue;
    }
    const { what, paths } = filesOf(source);
    if (paths.length === 0) continue;
    const text = `${of} (Projected ${what}): overlapping paths`;
    const own = new Set(paths);
    warnings.push(...overlaps(paths, text), ...overlaps([...own, ...all].sort(), text));
    for (const path of own) all.add(path);
  }
  return warnings;
}

function filesOf(source: Projection): { what: string; paths: string[] } {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle } = source;
  const named = (kind: string, name: string | undefined): string =>
    `${kind} ${JSON.stringify(name ?? '')}`;
  if (configMap?.items) {
    return { what: named('ConfigMap', configMap.name), paths: pathsOf(configMap.items) };
  }
  if (secret?.items) return { what: named('Secret', secret.name), paths: pathsOf(secret.items) };
  if (downwardAPI?.items) return { what: 'DownwardAPI', paths: pathsOf(downwardAPI.items) };
  if (serviceAccountToken !== undefined) {
    return { what: 'ServiceAccountToken', paths: pathsOf([serviceAccountToken]) };
  }
  if (clusterTrustBundle !== undefined) {
    const { name, signerName } = clusterTrustBundle;
    return {
      what: named('ClusterTrustBundle', name ?? signerName),
      paths: pathsOf([clusterTrustBundle]),
    };
  }
  return { what: '', paths: [] };
}

function overlaps(paths: readonly string[], text: string): string[] {
  const seen = new Set<string>();
  return paths.flatMap((sent) => {
    const path = sent.replace(/\/+$/, '');
    const other = path === '' || seen.has('') ? undefined : collisionIn(seen, path);
    seen.add(path);
    return other === undefined
      ? []
      : [`${text}: ${JSON.stringify(path)} with ${JSON.stringify(other)}`];
  });
}

/** A path that is this one, or above or below it. */
function collisionIn(paths: ReadonlySet<string>, path: string): string | undefined {
  for (const other of paths) {
    if (`${other}/`.startsWith(path) || `${path}/`.startsWith(other)) return other;
  }
  return undefined;
}
