import { parseQuantity } from '../../apimachinery/quantity.ts';
import type * as core from 'kubernetes-types/core/v1';
import type { DownwardFacts } from './downward.ts';
import { fieldValue, resourceValue } from './downward.ts';
import type { VolumeGroup } from './fs-group.ts';
import { filesOfGroup, volumeGroup } from './fs-group.ts';
import type { PullPolicy } from './image-reference.ts';
import { pullPolicy } from './image-reference.ts';
import type { ObjectSource } from './object-source.ts';
import { configMapEntries, secretEntries } from './object-source.ts';
import type { DesiredPod, VolumeSpec } from './pod.ts';
import { podMemoryLimit } from './pod-memory.ts';
import { tokenFileAccess } from './token-files.ts';
import { tokenNeed } from './token-plan.ts';
import type { TokenSource } from './token-plan.ts';

/** Absent: whom the agent runs as. */
export interface FileOwner {
  readonly uid?: number;
  readonly gid?: number;
}

export interface VolumeFile {
  /** Relative to the volume. */
  readonly path: string;
  readonly mode: number;
  readonly owner?: FileOwner;
  readonly data: Uint8Array;
}

/** What a volume is made of on the node. */
export type VolumePlan =
  | { readonly kind: 'hostPath'; readonly path: string; readonly type: string }
  /** `volume` is the PersistentVolume, after which a directory of the agent's own is called. */
  | {
      readonly kind: 'local';
      readonly path: string;
      readonly volume: string;
      readonly group?: VolumeGroup;
    }
  /** `sizeLimitBytes` bounds what is in memory; on disk it is for eviction to look after. */
  | {
      readonly kind: 'emptyDir';
      readonly memory: boolean;
      readonly sizeLimitBytes?: number;
      readonly group?: VolumeGroup;
    }
  | {
      readonly kind: 'nfs';
      readonly server: string;
      readonly path: string;
      readonly readOnly: boolean;
    }
  /** The files of an image, which are there once it is pulled. */
  | { readonly kind: 'image'; readonly reference: string; readonly policy: PullPolicy }
  /** `confidential` files must not touch a disk. */
  | {
      readonly kind: 'files';
      readonly files: readonly VolumeFile[];
      readonly confidential: boolean;
    };

/** A volume refers to something that is not there, or is of a kind that nodes do not have. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
}

/** A claim has no volume yet. */
export class UnboundClaimError extends VolumeError {}

const DEFAULT_FILE_MODE = 0o644;

export interface PlanContext {
  readonly pod: DesiredPod;
  readonly objects: ObjectSource;
  readonly tokens: TokenSource;
  readonly facts: DownwardFacts;
}

/** Throws VolumeError with the text that a FailedMount event carries. */
export function planVolume(volume: VolumeSpec, context: PlanContext): VolumePlan {
  const plan = planSource(volume, context);
  const group = volumeGroup(context.pod);
  if (group === undefined) return plan;
  if (plan.kind === 'files') return { ...plan, files: filesOfGroup(context.pod, plan.files) };
  return plan.kind === 'emptyDir' || plan.kind === 'local' ? { ...plan, group } : plan;
}

function planSource(volume: VolumeSpec, context: PlanContext): VolumePlan {
  if (volume.emptyDir !== undefined) return planEmptyDir(volume.emptyDir, context);
  if (volume.hostPath !== undefined) {
    return { kind: 'hostPath', path: volume.hostPath.path, type: volume.hostPath.type ?? '' };
  }
  if (volume.configMap !== undefined) {
    const { name = '', optional, items, defaultMode } = volume.configMap;
    const files = configMapFiles(context, { name, optional, items }, defaultMode);
    return { kind: 'files', files, confidential: false };
  }
  if (volume.secret !== undefined) {
    const { secretName: name = '', optional, items, defaultMode } = volume.secret;
    const files = secretFiles(context, { name, optional, items }, defaultMode);
    return { kind: 'files', files, confidential: true };
  }
  if (volume.downwardAPI !== undefined) {
    const { items = [], defaultMode } = volume.downwardAPI;
    return {
      kind: 'files',
      files: downwardFiles(context, items, defaultMode),
      confidential: false,
    };
  }
  if (volume.projected !== undefined) return planProjected(volume.projected, context);
  if (volume.nfs !== undefined) {
    const { server, path, readOnly = false } = volume.nfs;
    return { kind: 'nfs', server, path, readOnly };
  }
  if (volume.image !== undefined) {
    const { reference = '', pullPolicy: policy } = volume.image;
    return { kind: 'image', reference, policy: pullPolicy(reference, policy) };
  }
  if (volume.persistentVolumeClaim !== undefined || volume.ephemeral !== undefined) {
    return planClaim(volume, context);
  }
  throw new VolumeError('no volume plugin matched');
}

/** What is in memory is bounded by the least of its own limit, the pod's and the node's. */
function planEmptyDir(
  { medium, sizeLimit }: core.EmptyDirVolumeSource,
  { pod, facts }: PlanContext,
): VolumePlan {
  if (medium?.startsWith('HugePages') === true) {
    throw new VolumeError(`the medium ${medium} is not available on this node`);
  }
  const memory = medium === 'Memory';
  const bytes = (text: string | undefined): number =>
    text === undefined ? 0 : Number(parseQuantity(text).toValue());
  const others = memory ? [podMemoryLimit(pod), bytes(facts.allocatable['memory'])] : [];
  const limits = [bytes(sizeLimit), ...others].filter((limit) => limit > 0);
  return {
    kind: 'emptyDir',
    memory,
    ...(limits.length === 0 ? {} : { sizeLimitBytes: Math.min(...limits) }),
  };
}

function planClaim(volume: VolumeSpec, { pod }: PlanContext): VolumePlan {
  const bound = pod.boundVolumes?.[volume.name];
  if (bound === undefined) {
    const { namespace, name } = pod.metadata;
    const claim = volume.persistentVolumeClaim?.claimName ?? `${name}-${volume.name}`;
    throw new UnboundClaimError(`error processing PVC ${namespace}/${claim}: PVC is not bound`);
  }
  const { volumeMode = 'Filesystem', source, name } = bound;
  if (volumeMode !== 'Filesystem') {
    throw new VolumeError(`volumeMode ${volumeMode} is not available on this node`);
  }
  if (source?.hostPath !== undefined) {
    return { kind: 'hostPath', path: source.hostPath.path, type: source.hostPath.type ?? '' };
  }
  if (source?.local !== undefined) return { kind: 'local', path: source.local.path, volume: name };
  throw new VolumeError('no volume plugin matched');
}

function planProjected(projected: core.ProjectedVolumeSource, context: PlanContext): VolumePlan {
  const mode = projected.defaultMode;
  const sources = projected.sources ?? [];
  const files = sources.flatMap((source) => {
    if (source.configMap !== undefined) {
      return configMapFiles(context, { name: '', ...source.configMap }, mode);
    }
    if (source.secret !== undefined) {
      return secretFiles(context, { name: '', ...source.secret }, mode);
    }
    if (source.downwardAPI !== undefined) {
      return downwardFiles(context, source.downwardAPI.items ?? [], mode);
    }
    if (source.serviceAccountToken !== undefined) {
      return tokenFile(context, source.serviceAccountToken, mode);
    }
    throw new VolumeError('this source of a projected volume is not available on this node');
  });
  const confidential = sources.some(
    ({ secret, serviceAccountToken }) => secret !== undefined || serviceAccountToken !== undefined,
  );
  return { kind: 'files', files, confidential };
}

function tokenFile(
  { pod, tokens }: PlanContext,
  source: core.ServiceAccountTokenProjection,
  defaultMode: number = DEFAULT_FILE_MODE,
): VolumeFile[] {
  const data = Buffer.from(tokens.token(pod, tokenNeed(source)));
  return [{ path: source.path, data, ...tokenFileAccess(pod, defaultMode) }];
}

interface Reference {
  readonly name: string;
  readonly optional?: boolean | undefined;
  readonly items?: core.KeyToPath[] | undefined;
}

function configMapFiles(
  { pod, objects }: PlanContext,
  reference: Reference,
  mode: number | undefined,
): VolumeFile[] {
  const found = objects.configMap(pod.metadata.namespace, reference.name);
  if (found === undefined) return absent('configmap', reference);
  return select(configMapEntries(found), reference, mode, 'config');
}

function secretFiles(
  { pod, objects }: PlanContext,
  reference: Reference,
  mode: number | undefined,
): VolumeFile[] {
  const found = objects.secret(pod.metadata.namespace, reference.name);
  if (found === undefined) return absent('secret', reference);
  return select(secretEntries(found), reference, mode, 'secret');
}

function absent(kind: string, reference: Reference): VolumeFile[] {
  if (reference.optional === true) return [];
  throw new VolumeError(`${kind} "${reference.name}" not found`);
}

/** All entries under their keys, or with `items` those named, under the paths given. */
function select(
  entries: ReadonlyMap<string, Uint8Array>,
  { items, optional }: Reference,
  defaultMode: number = DEFAULT_FILE_MODE,
  kind: 'config' | 'secret',
): VolumeFile[] {
  if (items === undefined) {
    return Array.from(entries, ([path, data]) => ({ path, mode: defaultMode, data }));
  }
  return items.flatMap(({ key, path, mode = defaultMode }) => {
    const data = entries.get(key);
    if (data !== undefined) return [{ path, mode, data }];
    if (optional === true) return [];
    throw new VolumeError(`references non-existent ${kind} key: ${key}`);
  });
}

function downwardFiles(
  { pod, facts }: PlanContext,
  items: readonly core.DownwardAPIVolumeFile[],
  defaultMode: number = DEFAULT_FILE_MODE,
): VolumeFile[] {
  return items.map(({ path, mode = defaultMode, fieldRef, resourceFieldRef }) => {
    const container = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find(
      ({ name }) => name === resourceFieldRef?.containerName,
    );
    if (fieldRef !== undefined) {
      return { path, mode, data: Buffer.from(fieldValue(pod, fieldRef.fieldPath, facts)) };
    }
    if (resourceFieldRef !== undefined && container !== undefined) {
      return { path, mode, data: Buffer.from(resourceValue(container, resourceFieldRef, facts)) };
    }
    throw new VolumeError(`downward API file ${path} names neither a field nor a resource`);
  });
}
