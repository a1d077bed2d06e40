import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { StatusError } from '../../../apimachinery/status-error.ts';
import { readCases } from '../../../test/golden-cases.ts';
import { beforeCreate } from '../rest/create.ts';
import { beforeUpdate } from '../rest/update.ts';
import { fromPlain, isObjectNode } from '../schema/json-node.ts';
import { parseJSON } from '../schema/parse-json.ts';
import { compileDefinition } from './definition.ts';

const cases = readCases(new URL('testdata/crd.jsonl', import.meta.url));
const ofOp = (op: string) => cases.filter((c) => c.op === op);

const NOW = Date.parse('2026-01-01T00:00:00Z');
const CONTEXT = { now: NOW, userName: 'test' };
const IDENTITIES = { uid: () => 'uid', nameSuffix: () => 'xxxxx' };

interface Cause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

const sorted = (causes: readonly Cause[]): Cause[] =>
  causes.map(({ reason, field, message }) => ({ reason, field, message })).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** Differences with a reason. */
const KNOWN = new Map<string, string>([]);

describe('custom objects as upstream handles them', () => {
  it.each(ofOp('cr'))('decodes, prepares and validates $id', ({ id, in: input, out }) => {
    if (KNOWN.has(id)) return;
    const { stored: info } = compileDefinition(input.crd);
    const text: string = input.objectText ?? JSON.stringify(input.object);
    let decoded: { object: KubernetesObject; strictErrors: string[] };
    try {
      const root = parseJSON(text);
      if (!isObjectNode(root)) throw new Error('no object');
      decoded = info.custom!.decode(root);
    } catch (error) {
      if (out.decodeError === undefined) throw error;
      expect((error as Error).message).toBe(out.decodeError);
      return;
    }
    expect(out.decodeError).toBeUndefined();
    const { object, strictErrors } = decoded;
    expect(strictErrors).toEqual(out.strictErrors ?? []);
    const causes: Cause[] = [];
    try {
      if (input.old === undefined) {
        beforeCreate(info, object, input.object?.metadata?.namespace ?? 'default', CONTEXT, IDENTITIES);
      } else beforeUpdate(info, '', object, input.old, CONTEXT);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      expect(error.status.reason).toBe('Invalid');
      causes.push(...((error.status.details?.causes ?? []) as Cause[]));
    }
    expect(sorted(causes)).toEqual(sorted(out.errors));
    expect({ ...object, metadata: {} }).toEqual({ ...out.object, metadata: {} });
  });

  it.each(ofOp('crTable'))('prints $id', ({ in: input, out }) => {
    const { stored } = compileDefinition(newDefinition(input.columns));
    const { columns, cells } = stored.printer!;
    expect(columns).toEqual(out.columns);
    expect(cells(input.object, NOW)).toEqual(out.cells);
  });
});

function newDefinition(additionalPrinterColumns: unknown): KubernetesObject {
  return {
    metadata: { name: 'foos.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'foos', kind: 'Foo' },
      versions: [{ name: 'v1', served: true, storage: true, additionalPrinterColumns }],
    },
  };
}

it('decodes what it decoded', () => {
  expect(isObjectNode(fromPlain({}))).toBe(true);
});
