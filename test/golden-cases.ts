import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** One golden case: what upstream answered (`out`) or refused with (`error`) for `in`. */
export interface GoldenCase {
  readonly id: string;
  readonly op: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- cases are untyped data; tests pick what they need
  readonly in: any;
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  readonly out?: any;
  readonly error?: string;
}

/**
 * Reads golden cases, one JSON object a line; `url` is `new URL('testdata/x.jsonl', import.meta.url)`,
 * and ends in `.gz` where the file is compressed.
 */
export function readCases(url: URL): GoldenCase[] {
  const bytes = readFileSync(url);
  return (url.pathname.endsWith('.gz') ? gunzipSync(bytes) : bytes)
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as GoldenCase);
}
