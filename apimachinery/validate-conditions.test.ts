import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { validateConditions } from './validate-conditions.ts';

interface Case {
  readonly id: string;
  readonly in: { readonly value: object[] };
  readonly out: { readonly errors: object[] };
}

// What the Go code of Kubernetes itself says.
const cases = readFileSync(new URL('testdata/conditions.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Case);

it.each(cases)('conditions are judged as upstream does: $id', ({ in: { value }, out }) => {
  expect(validateConditions(value, 'status.conditions')).toEqual(out.errors);
});
