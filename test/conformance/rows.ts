import { readFileSync } from 'node:fs';

/** One upstream conformance test. */
export interface ConformanceRow {
  /** Upstream's name of the test, which is the title of ours. */
  readonly name: string;
  readonly area: string;
  readonly needsNode: boolean;
  readonly behaviour: string;
}

/** All rows of the list, in its order. */
export function readRows(): ConformanceRow[] {
  const text = readFileSync(new URL('rows.tsv', import.meta.url), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [name = '', area = '', needsNode = '', behaviour = ''] = line.split('\t');
      return { name, area, needsNode: needsNode === 'yes', behaviour };
    });
}
