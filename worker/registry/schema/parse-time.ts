const TIME_LAYOUT = '2006-01-02T15:04:05Z07:00';
const MICRO_TIME_LAYOUT = '2006-01-02T15:04:05.000000Z07:00';
const ZONE = '(Z|[+-][0-9]{2}:[0-9]{2})';
const DATE_TIME = '([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})';
const TIME = new RegExp(`^${DATE_TIME}(?:[.,][0-9]+)?${ZONE}$`);
const MICRO_TIME = new RegExp(`^${DATE_TIME}\\.([0-9]{6})${ZONE}$`);
/** Where Go would stop reading: layout pieces, what each may be, and how Go names it. */
const PIECES: readonly (readonly [RegExp, string])[] = [
  [/^[0-9]{4}/, '2006'],
  [/^-/, '-'],
  [/^[0-9]{2}/, '01'],
  [/^-/, '-'],
  [/^[0-9]{2}/, '02'],
  [/^T/, 'T'],
  [/^[0-9]{2}/, '15'],
  [/^:/, ':'],
  [/^[0-9]{2}/, '04'],
  [/^:/, ':'],
  [/^[0-9]{2}/, '05'],
];

/** metav1.Time: RFC 3339, given back in UTC and whole seconds; null for the zero time. */
export function parseTime(text: string): string | null {
  const match = TIME.exec(text);
  if (match === null)
    throw layoutError(text, TIME_LAYOUT, [[/^([.,][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})/, 'Z07:00']]);
  const ms = toMilliseconds(text, match.slice(1, 7), match[7] ?? 'Z');
  const utc = `${new Date(ms).toISOString().slice(0, 19)}Z`;
  return utc === '0001-01-01T00:00:00Z' ? null : utc;
}

/** metav1.MicroTime: exactly six decimals, given back in UTC; null for the zero time. */
export function parseMicroTime(text: string): string | null {
  const match = MICRO_TIME.exec(text);
  if (match === null) {
    throw layoutError(text, MICRO_TIME_LAYOUT, [
      [/^\.[0-9]{6}/, '.000000'],
      [/^(Z|[+-][0-9]{2}:[0-9]{2})/, 'Z07:00'],
    ]);
  }
  const ms = toMilliseconds(text, match.slice(1, 7), match[8] ?? 'Z');
  const utc = `${new Date(ms).toISOString().slice(0, 19)}.${match[7] ?? '000000'}Z`;
  return utc === '0001-01-01T00:00:00.000000Z' ? null : utc;
}

function toMilliseconds(text: string, parts: readonly string[], zone: string): number {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.map(Number);
  const fail = (what: string): never => {
    throw new Error(`parsing time ${JSON.stringify(text)}: ${what} out of range`);
  };
  if (month < 1 || month > 12) fail('month');
  if (hour > 23) fail('hour');
  if (minute > 59) fail('minute');
  if (second > 59) fail('second');
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (day < 1 || date.getUTCDate() !== day) fail('day');
  date.setUTCHours(hour, minute, second);
  if (zone === 'Z') return date.getTime();
  const [hours = 0, minutes = 0] = zone.slice(1).split(':').map(Number);
  const offset = (hours * 60 + minutes) * 60_000;
  return date.getTime() - (zone.startsWith('-') ? -offset : offset);
}

function layoutError(
  text: string,
  layout: string,
  tail: readonly (readonly [RegExp, string])[],
): Error {
  let rest = text;
  const head = `parsing time ${JSON.stringify(text)} as "${layout}": cannot parse`;
  for (const [piece, name] of [...PIECES, ...tail]) {
    const match = piece.exec(rest);
    if (match === null)
      return new Error(`${head} ${JSON.stringify(rest)} as ${JSON.stringify(name)}`);
    rest = rest.slice(match[0].length);
  }
  return new Error(`parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`);
}
