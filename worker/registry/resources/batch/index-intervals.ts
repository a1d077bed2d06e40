/** Sets of completion indexes as text: `1,3-5,7`. */

interface Interval {
  readonly first: number;
  readonly last: number;
}

/** How many indexes the text names. Throws an Error with upstream's text when it is malformed. */
export function countIndexes(text: string, completions: number): number {
  if (text === '') return 0;
  let previous: number | undefined;
  let total = 0;
  for (const part of text.split(',')) {
    const { first, last } = parseInterval(part, completions);
    if (previous !== undefined && previous >= first) {
      throw new Error(`non-increasing order, previous: ${previous}, current: ${first}`);
    }
    total += last - first + 1;
    previous = last;
  }
  return total;
}

/** The first index that both texts name, or undefined. Malformed parts are passed over. */
export function firstOverlap(a: string, b: string, completions: number): number | undefined {
  const left = readableIntervals(a, completions);
  const right = readableIntervals(b, completions);
  let [i, j] = [0, 0];
  for (;;) {
    const [x, y] = [left[i], right[j]];
    if (x === undefined || y === undefined) return undefined;
    if (x.first <= y.last && y.first <= x.last) return Math.max(x.first, y.first);
    if (x.first <= y.first) i++;
    else j++;
  }
}

function readableIntervals(text: string, completions: number): Interval[] {
  if (text === '') return [];
  return text.split(',').flatMap((part) => {
    try {
      return [parseInterval(part, completions)];
    } catch {
      // Reported where the format itself is validated.
      return [];
    }
  });
}

function parseInterval(text: string, completions: number): Interval {
  const [low = '', high, ...more] = text.split('-');
  if (more.length > 0) {
    throw new Error(
      `the fragment ${JSON.stringify(text)} violates the requirement that an index interval can have at most two parts separated by '-'`,
    );
  }
  const first = parseIndex(low, completions);
  if (high === undefined) return { first, last: first };
  const last = parseIndex(high, completions);
  if (first >= last) {
    throw new Error(`non-increasing order, previous: ${first}, current: ${last}`);
  }
  return { first, last };
}

function parseIndex(text: string, completions: number): number {
  const value = Number(text);
  if (!/^[-+]?[0-9]+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new Error(`cannot convert string to integer for index: ${JSON.stringify(text)}`);
  }
  if (value >= completions) throw new Error(`too large index: ${JSON.stringify(text)}`);
  return value;
}
