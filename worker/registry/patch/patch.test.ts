import { describe, expect, it } from 'vitest';
import { readCases } from '../../../test/golden-cases.ts';
import { COMPILED } from '../schema/schema.ts';
import { applyJSONPatch, MAX_JSON_PATCH_OPERATIONS } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

const strategic = readCases(new URL('testdata/strategic-merge-patch.jsonl', import.meta.url));
const plain = readCases(new URL('testdata/patches.jsonl', import.meta.url));

function schemaOf(apiVersion: string, kind: string): string {
  const found = Object.entries(COMPILED.types).find(
    ([, { g }]) =>
      g !== undefined && g[2] === kind && (g[0] === '' ? g[1] : `${g[0]}/${g[1]}`) === apiVersion,
  );
  return found![0];
}

/** The HTTP code of what a function throws, 200 when it does not. */
function codeOf(call: () => unknown): number {
  try {
    call();
    return 200;
  } catch (error) {
    return (error as { status: { code: number } }).status.code;
  }
}

const isClientError = (code: number): boolean => code >= 400 && code < 500;

describe('strategic merge patch', () => {
  it.each(strategic)('merges as upstream does in $id', (c) => {
    const apply = () =>
      applyStrategicMergePatch(c.in.original, c.in.patch, schemaOf(c.in.apiVersion, c.in.kind));
    if (c.error === undefined) expect(apply()).toEqual(c.out.result);
    else expect(codeOf(apply)).toSatisfy(isClientError);
  });

  it('leaves the object that it is given as it was', () => {
    const pod = { spec: { containers: [{ name: 'a', image: 'b' }] } };
    const patch = { spec: { containers: [{ name: 'a', image: 'c' }] } };
    applyStrategicMergePatch(pod, patch, 'io.k8s.api.core.v1.Pod');
    expect(pod.spec.containers[0]!.image).toBe('b');
  });
});

describe('JSON patch', () => {
  it.each(plain.filter((c) => c.op === 'jsonPatch'))('applies as upstream does in $id', (c) => {
    const apply = () => applyJSONPatch(c.in.document, c.in.patchText);
    if (c.error === undefined) expect(apply()).toEqual(c.out.result);
    else expect(codeOf(apply)).toBe(c.error.startsWith('decode') ? 400 : 422);
  });

  it('refuses too many operations', () => {
    const operation = { op: 'add', path: '/a', value: 1 };
    const patch = Array.from({ length: MAX_JSON_PATCH_OPERATIONS + 1 }, () => operation);
    expect(codeOf(() => applyJSONPatch({}, patch))).toBe(413);
  });

  it('ends a patch that doubles the document with every copy', () => {
    const patch = Array.from({ length: 60 }, (_, i) => ({
      op: 'copy',
      from: '/a',
      path: `/a/${i}`,
    }));
    expect(codeOf(() => applyJSONPatch({ a: { x: [1, 2, 3] } }, patch))).toBe(422);
  });

  it('cannot reach what every JavaScript object inherits', () => {
    const patch = [{ op: 'add', path: '/__proto__/polluted', value: 1 }];
    expect(codeOf(() => applyJSONPatch({}, patch))).toBe(422);
    expect(applyMergePatch({}, '{"__proto__":{"polluted":1}}')).not.toHaveProperty('polluted');
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('JSON merge patch', () => {
  it.each(plain.filter((c) => c.op === 'mergePatch'))('merges as upstream does in $id', (c) => {
    const apply = () => applyMergePatch(c.in.document, c.in.patch);
    if (c.error === undefined) expect(apply()).toEqual(c.out.result);
    else expect(codeOf(apply)).toBe(400);
  });
});
