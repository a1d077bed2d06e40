import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { answer, comparable, type Vector } from './testing/vectors.ts';

/** Answers of the real API server's packages. */
const vectors = readFileSync(new URL('./testdata/cel.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector);

/** Vectors that do not agree, with the reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

describe('CEL as Kubernetes 1.36 has it', () => {
  it.each(vectors.filter(({ id }) => !(id in EXCEPTIONS)))('agrees on $id', (vector) => {
    expect(comparable(answer(vector))).toEqual(comparable(vector.out));
  });

  it('disagrees exactly where a reason is given', () => {
    const disagreeing = vectors
      .filter((vector) => {
        const got = JSON.stringify(comparable(answer(vector)), sortKeys);
        return got !== JSON.stringify(comparable(vector.out), sortKeys);
      })
      .map(({ id }) => id);
    expect(disagreeing).toEqual(Object.keys(EXCEPTIONS));
  });
});

const sortKeys = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
