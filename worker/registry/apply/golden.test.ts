import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { Status, StatusCause, StatusError } from '../../../apimachinery/status-error.ts';
import { readCases } from '../../../test/golden-cases.ts';
import { encodeAsGo } from '../../../test/go-encoding.ts';
import { deepEqual } from '../rest/deep-equal.ts';
import { COMPILED, lookupSchema } from '../schema/schema.ts';
import { newCompiledTypes } from './compiled-managed-types.ts';
import { newFieldManager } from './field-manager.ts';
import { keepTimes } from './keep-times.ts';
import type { ManagedTypes } from './managed-types.ts';
import { newResetFields } from './reset-fields.ts';

const cases = readCases(new URL('testdata/server-side-apply.jsonl.gz', import.meta.url));

/**
 * Cases that apply an integer beyond 32 bits to a 32-bit field. Upstream's converter wraps it
 * around to another number; here it does not fit its type.
 */
const OVERFLOWS = new Set(['server-side-apply-0210', 'server-side-apply-0474']);

interface Step {
  readonly manager: string;
  readonly op: 'apply' | 'update';
  readonly force?: boolean;
  readonly object: KubernetesObject;
  readonly subresource?: string;
  readonly resetFields?: string[];
  readonly time: string;
}

interface Answer {
  readonly object?: KubernetesObject;
  readonly changed?: boolean;
  readonly error?: string;
  readonly status?: object;
}

function typesOf(apiVersion: string, kind: string): ManagedTypes {
  const found = Object.entries(COMPILED.types).find(
    ([, { g }]) =>
      g !== undefined && g[2] === kind && (g[0] === '' ? g[1] : `${g[0]}/${g[1]}`) === apiVersion,
  );
  const struct = lookupSchema(found![0]);
  const types = newCompiledTypes(apiVersion, kind, struct);
  return {
    ...types,
    normalize: (value) =>
      encodeAsGo(types.normalize({ apiVersion, kind, ...value }), struct, value),
    newEmpty: () => encodeAsGo(types.newEmpty(), struct, {}),
  };
}

/** Stamps what a store gives an object, as the recording did, and says whether it was written. */
function store(
  object: KubernetesObject,
  live: KubernetesObject | null,
  step: Step,
): { object: KubernetesObject; changed: boolean } {
  const { metadata } = object;
  if (live === null) {
    const stamps = {
      creationTimestamp: step.time,
      generation: 1,
      resourceVersion: '1',
      uid: 'uid',
    };
    return { object: { ...object, metadata: { ...metadata, ...stamps } }, changed: true };
  }
  const { resourceVersion = '0' } = live.metadata;
  const same = { ...object, metadata: { ...metadata, resourceVersion } };
  if (deepEqual(same, live)) return { object: same, changed: false };
  const next = String(Number(resourceVersion) + 1);
  return {
    object: { ...same, metadata: { ...same.metadata, resourceVersion: next } },
    changed: true,
  };
}

/** What Go's decoder says differs in words from ours; that it refuses is what counts. */
const withoutDecoderText = (text: string): string =>
  text.replace(/(unable to convert unstructured object to [^:]*:).*/s, '$1');

/** Upstream's order of causes is random, so the recording has them sorted. */
function withSortedCauses(status: Status | undefined): Status | undefined {
  const text = (cause: StatusCause): string => `${cause.message}\n${cause.field}`;
  status?.details?.causes?.sort((a, b) => (text(a) < text(b) ? -1 : 1));
  return status;
}

function runStep(
  types: ManagedTypes,
  live: KubernetesObject | null,
  step: Step,
): { object: KubernetesObject; changed: boolean } {
  const manager = newFieldManager(types);
  const write = {
    live,
    manager: step.manager,
    subresource: step.subresource ?? '',
    now: Date.parse(step.time),
    resetFields: newResetFields(step.resetFields ?? []),
  };
  const object =
    step.op === 'apply'
      ? manager.apply({ ...write, applied: step.object, force: step.force === true }).object
      : manager.update({ ...write, updated: types.normalize(step.object) as KubernetesObject });
  return store(live === null ? object : keepTimes(object, live), live, step);
}

const UID = /"uid":"(?:uid|00000000-[0-9a-f-]+)"/;
const withoutUID = (object: KubernetesObject): unknown =>
  JSON.parse(JSON.stringify(object).replace(UID, '"uid":""'));

describe('server-side apply', () => {
  it.each(cases.filter(({ id }) => OVERFLOWS.has(id)))(
    'refuses a number that is too large in $id',
    (c) => {
      const types = typesOf(c.in.apiVersion, c.in.kind);
      let live = c.in.start as KubernetesObject | null;
      const steps = c.in.steps as Step[];
      const run = () => {
        for (const step of steps) live = runStep(types, live, step).object;
      };
      expect(run).toThrow(/cannot unmarshal number \d+ into Go struct field .* of type int32/);
    },
  );

  it.each(cases.filter(({ id }) => !OVERFLOWS.has(id)))(
    'merges and tracks owners as upstream does in $id',
    (c) => {
      const types = typesOf(c.in.apiVersion, c.in.kind);
      let live = c.in.start as KubernetesObject | null;
      for (const [i, step] of (c.in.steps as Step[]).entries()) {
        const want = (c.out.steps as Answer[])[i]!;
        const context = `step ${i}`;
        if (want.error !== undefined) {
          let failure: StatusError | undefined;
          try {
            runStep(types, live, step);
          } catch (error) {
            failure = error as StatusError;
          }
          expect(withoutDecoderText(failure?.message ?? ''), context).toBe(
            withoutDecoderText(want.error),
          );
          if (want.status === undefined) continue;
          expect(withSortedCauses(failure?.status), context).toMatchObject(want.status);
          continue;
        }
        const got = runStep(types, live, step);
        expect(withoutUID(got.object), context).toEqual(withoutUID(want.object!));
        expect(got.changed, context).toBe(want.changed);
        live = want.object!;
      }
    },
  );
});
