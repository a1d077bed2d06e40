import { describe, expect, it } from 'vitest';
import { readCases } from '../test/golden-cases.ts';
import { formatDuration, humanDuration, parseDuration } from './duration.ts';

const cases = readCases(new URL('testdata/values.jsonl', import.meta.url));
const durations = cases.filter((c) => c.op === 'value' && /^"[^"\\]*"$/.test(c.in.json));

describe('durations', () => {
  it.each(durations)('are read and written as Go does in $id', (c) => {
    const text = JSON.parse(c.in.json) as string;
    if (c.error === undefined) {
      expect(JSON.stringify(formatDuration(parseDuration(text)))).toBe(c.out.json);
    } else {
      expect(() => parseDuration(text)).toThrow(new Error(c.error));
    }
  });

  it.each(cases.filter((c) => c.op === 'humanDuration'))('are shown as an age in $id', (c) => {
    expect(humanDuration(Number(parseDuration(c.in.duration)) / 1e6)).toBe(c.out.human);
  });
});
