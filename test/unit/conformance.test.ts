import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { outstandingReason } from '../conformance/outstanding.ts';
import { readRows } from '../conformance/rows.ts';

const rows = readRows();
const sources = globSync(['test/{conformance,e2e}/**/*.test.ts', 'worker/**/*.test.ts'])
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');
const document = readFileSync('docs/conformance.md', 'utf8');
const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
const literal = /(['"`])((?:\\.|(?!\1).)*\[Conformance\](?:\\.|(?!\1).)*)\1/g;
/** Of titles that a table or a constant has a part of, that part is anything. */
const titles = [...sources.matchAll(literal)].map(([, , text = '']) => {
  const parts = text.replaceAll(/\\(.)/g, '$1').split(/%s|\$\{\w+\}/);
  return new RegExp(`^${parts.map(escaped).join('.+')}$`);
});
const hasTest = (name: string): boolean => titles.some((title) => title.test(name));

describe('the conformance list', () => {
  it('has a test, or a reason why there is none, for every row', () => {
    const open = rows.filter((row) => !hasTest(row.name) && outstandingReason(row) === null);
    expect(open.map(({ name }) => name)).toEqual([]);
  });

  it('is in the document as it was last run: rows with a test say pass', () => {
    const lines = new Set(document.split('\n'));
    const wrong = rows
      .filter(({ name }) => hasTest(name))
      .filter(({ name }) => {
        const line = [...lines].find((l) => l.startsWith(`| ${name.replaceAll('|', '\\|')} |`));
        return line?.endsWith('| pass |') !== true;
      });
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});
