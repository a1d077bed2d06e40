/**
 * A set of completion indexes: intervals in order that neither touch nor overlap. Jobs may have
 * 100,000 indexes, so sets are never spelled out.
 */
export type IndexSet = readonly Interval[];

interface Interval {
  readonly first: number;
  readonly last: number;
}

export const NO_INDEXES: IndexSet = [];

/** Reads the text of a status. What is malformed, and what is beyond `completions`, is left out. */
export function parseIndexSet(text: string | undefined, completions: number): IndexSet {
  const intervals: Interval[] = [];
  for (const part of (text ?? '').split(',')) {
    const [first, last = first, ...more] = part.split('-').map(parseIndex);
    if (first === undefined || last === undefined || more.length > 0) continue;
    // A part that is no number is NaN, for which no comparison holds.
    if (first < completions && last >= first) {
      intervals.push({ first, last: Math.min(last, completions - 1) });
    }
  }
  return normalize(intervals);
}

function parseIndex(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** `1,3,4,6-9`: two neighbours are written apart, three and more as a range. */
export function formatIndexSet(set: IndexSet): string {
  return set
    .map(({ first, last }) => {
      if (first === last) return String(first);
      return `${first}${last === first + 1 ? ',' : '-'}${last}`;
    })
    .join(',');
}

export function withIndexes(set: IndexSet, indexes: Iterable<number>): IndexSet {
  const added = Array.from(indexes, (index) => ({ first: index, last: index }));
  return added.length === 0 ? set : normalize([...set, ...added]);
}

export function unionOf(a: IndexSet, b: IndexSet): IndexSet {
  return normalize([...a, ...b]);
}

function normalize(intervals: readonly Interval[]): IndexSet {
  const result: Interval[] = [];
  for (const next of intervals.toSorted((a, b) => a.first - b.first)) {
    const previous = result.at(-1);
    if (previous === undefined || next.first > previous.last + 1) result.push(next);
    else if (next.last > previous.last) {
      result[result.length - 1] = { first: previous.first, last: next.last };
    }
  }
  return result;
}

export function sizeOf(set: IndexSet): number {
  return set.reduce((total, { first, last }) => total + last - first + 1, 0);
}

export function hasIndex(set: IndexSet, index: number): boolean {
  let low = 0;
  let high = set.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((set[middle]?.last ?? 0) >= index) high = middle;
    else low = middle + 1;
  }
  const found = set[low];
  return found !== undefined && found.first <= index;
}

/** How many indexes both sets have. */
export function overlapOf(a: IndexSet, b: IndexSet): number {
  let total = 0;
  let [i, j] = [0, 0];
  for (;;) {
    const [x, y] = [a[i], b[j]];
    if (x === undefined || y === undefined) return total;
    total += Math.max(0, Math.min(x.last, y.last) - Math.max(x.first, y.first) + 1);
    if (x.last <= y.last) i++;
    else j++;
  }
}

/** The first `count` indexes below `completions` that the set lacks. */
export function firstMissing(set: IndexSet, count: number, completions: number): number[] {
  const missing: number[] = [];
  let candidate = 0;
  for (const { first, last } of [...set, { first: completions, last: completions }]) {
    for (; candidate < first && missing.length < count; candidate++) missing.push(candidate);
    candidate = last + 1;
  }
  return missing;
}
