import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { planGolden } from './testing/golden-input.ts';
import type { GoldenInput } from './testing/golden-input.ts';

/** Fields that the API's own schema requires, so that no stored object is without them. */
const REQUIRED = [
  /^metadata(\.(name|uid))?$/,
  /^(kind|apiVersion)$/,
  /^metadata\.ownerReferences\.\d+\.(apiVersion|kind|name|uid)$/,
  /^spec(\.(selector|template|containers))?$/,
  /^(remaining|finalizersRemaining|namespaceUID)$/,
  /^claim(\.(namespace|name|uid))?$/,
];

type Path = readonly string[];

const folder = import.meta.dirname;
const inputs = globSync('*/testdata/*.input.yaml', { cwd: folder }).sort();

describe('planners throw for no stored object', () => {
  it.each(inputs)('whichever optional field is missing from %s', (file) => {
    const input = parse(readFileSync(`${folder}/${file}`, 'utf8')) as GoldenInput;
    input.objects.forEach((object, index) => {
      for (const path of pathsOf(object, [])) {
        if (REQUIRED.some((pattern) => pattern.test(path.join('.')))) continue;
        const objects = input.objects.with(index, without(object, path));
        const where = `${object.kind ?? ''}.${path.join('.')}`;
        expect(() => planGolden({ ...input, objects }), where).not.toThrow();
      }
    });
  });
});

function pathsOf(value: unknown, at: Path): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) => {
    const path = [...at, key];
    return [path, ...pathsOf(field, path)];
  });
}

/** A copy of a tree without what is at the path; items of a list move up. */
function without<T extends object>(tree: T, path: Path): T {
  const [key = '', ...rest] = path;
  if (Array.isArray(tree)) {
    const items: unknown[] = tree;
    const index = Number(key);
    const next =
      rest.length === 0
        ? items.toSpliced(index, 1)
        : items.with(index, without(items[index] as object, rest));
    return next as T;
  }
  const { [key]: field, ...others } = tree as Record<string, unknown>;
  return (rest.length === 0 ? others : { ...others, [key]: without(field as object, rest) }) as T;
}
