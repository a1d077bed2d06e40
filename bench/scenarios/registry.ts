import { newCompiledTypes } from '../../worker/registry/apply/compiled-managed-types.ts';
import { newFieldManager } from '../../worker/registry/apply/field-manager.ts';
import { decodeObject } from '../../worker/registry/schema/decode.ts';
import { lookupSchema } from '../../worker/registry/schema/schema.ts';
import { RESOURCES } from '../../worker/registry/resource-table.ts';
import { beforeCreate } from '../../worker/registry/rest/create.ts';
import { beforeUpdate } from '../../worker/registry/rest/update.ts';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import type { Target } from '../target.ts';
import { unscheduledPod } from '../objects.ts';
import { round } from '../client.ts';

const WARM_UP = 2_000;
const ROUNDS = 20_000;
const CONTEXT = { now: Date.parse('2026-01-01T00:00:00Z'), user: { name: 'bench', groups: [] } };
const IDENTITIES = {
  uid: () => '00000000-0000-4000-8000-000000000000',
  nameSuffix: () => 'abcde',
};
const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  schema: 'io.k8s.api.core.v1.Pod',
} as const;

/** Microseconds that each step of a pod's way through the registry takes, in this process. */
export async function registry(_target: Target): Promise<Record<string, unknown>[]> {
  const info = RESOURCES.get('pods');
  if (info === undefined) throw new Error('pods are not served');
  const text = JSON.stringify(unscheduledPod('bench'));
  const decoded = () => decodeObject(text, 'json', POD, 'Strict').object;
  const created = (): KubernetesObject => {
    const object = copy(decoded());
    beforeCreate(info, object, 'default', CONTEXT, IDENTITIES);
    return object;
  };
  const stored = { ...created(), metadata: { ...created().metadata, resourceVersion: '1' } };
  const defaulted = copy(stored);
  const labelled = () => {
    const object = copy(stored);
    object.metadata.labels = { ...object.metadata.labels, round: 'x' };
    return object;
  };
  const fields = newFieldManager(
    newCompiledTypes('v1', 'Pod', lookupSchema('io.k8s.api.core.v1.Pod')),
  );
  const write = { manager: 'bench', subresource: '', now: CONTEXT.now } as const;
  const configuration = JSON.parse(text) as KubernetesObject & Record<string, unknown>;
  const relabelled = {
    ...configuration,
    metadata: { ...configuration.metadata, labels: { round: 'x' } },
  };
  const apply = (applied: typeof configuration, live: KubernetesObject | null) =>
    fields.apply({ ...write, live, applied, force: false }).object;
  const tracked = fields.update({ ...write, live: null, updated: stored });
  const applied = withUid(apply(configuration, null));
  const copyUs = measure(() => copy(stored));
  return [
    { step: 'decode a pod, strictly', us: measure(decoded) },
    {
      step: 'defaults, when there are none to set',
      us: measure(() => info.strategy.setDefaults?.(defaulted)),
    },
    { step: 'validate', us: measure(() => info.strategy.validate?.(stored)) },
    { step: 'create: decode, default, prepare, validate', us: measure(created) },
    {
      step: 'managedFields of a create',
      us: measure(() => fields.update({ ...write, live: null, updated: stored })),
    },
    {
      step: 'managedFields of an update of a label',
      us: round(
        measure(() => fields.update({ ...write, live: tracked, updated: labelled() })) - copyUs,
      ),
    },
    { step: 'apply, to create', us: measure(() => apply(configuration, null)) },
    { step: 'apply, to change a label', us: measure(() => apply(relabelled, applied)) },
    { step: 'apply, with nothing to change', us: measure(() => apply(configuration, applied)) },
    {
      step: 'update: default, prepare, validate, compare',
      us: round(measure(() => beforeUpdate(info, '', labelled(), stored, CONTEXT)) - copyUs),
    },
  ];
}

/** Without a uid an object counts as not stored yet. */
const withUid = (object: KubernetesObject): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, uid: IDENTITIES.uid() },
});

const copy = (object: KubernetesObject): KubernetesObject =>
  JSON.parse(JSON.stringify(object)) as KubernetesObject;

/** Microseconds a call, of the best of five rounds: others disturb, none helps. */
export function measure(step: () => unknown, rounds = ROUNDS): number {
  for (let i = 0; i < Math.min(WARM_UP, rounds); i++) step();
  let best = Infinity;
  for (let attempt = 0; attempt < 5; attempt++) {
    const startedAt = performance.now();
    for (let i = 0; i < rounds / 5; i++) step();
    best = Math.min(best, ((performance.now() - startedAt) * 1_000) / (rounds / 5));
  }
  return round(best);
}
