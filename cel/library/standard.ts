import {
  BOOL,
  BYTES,
  DURATION,
  INT,
  listOf,
  mapOf,
  STRING,
  TIMESTAMP,
  typeParam,
  type CelType,
} from '../types/cel-type.ts';
import { ErrorValue } from '../values/error-value.ts';
import { codePointCount } from '../values/size.ts';
import type { Timestamp } from '../values/timestamp.ts';
import type { Value } from '../values/value.ts';
import { asBytes, asDuration, asList, asMap, asString, asTimestamp } from './arguments.ts';
import {
  declare,
  globalOverload,
  memberOverload,
  type FunctionDeclaration,
  type Implementation,
} from './declaration.ts';
import { matchesPattern } from './pattern.ts';
import { offsetOfZone } from './time-zone.ts';

const A = typeParam('A');
const B = typeParam('B');

const SIZES: readonly (readonly [word: string, type: CelType, size: (value: Value) => number])[] = [
  ['bytes', BYTES, (value) => asBytes(value).length],
  ['list', listOf(A), (value) => asList(value).size],
  ['map', mapOf(A, B), (value) => asMap(value).size],
  ['string', STRING, (value) => codePointCount(asString(value))],
];

const onStrings =
  (compute: (text: string, argument: string) => Value): Implementation =>
  ([text, argument]) =>
    compute(asString(text), asString(argument));

const MATCHES = onStrings((text, pattern) => matchesPattern(text, pattern));

/** Part of a date, from a Date whose UTC parts are local time. */
type DatePart = (date: Date) => number;

const DAY_MS = 86_400_000;

const DATE_PARTS: readonly (readonly [name: string, id: string, part: DatePart])[] = [
  ['getFullYear', 'timestamp_to_year', (date) => date.getUTCFullYear()],
  ['getMonth', 'timestamp_to_month', (date) => date.getUTCMonth()],
  [
    'getDayOfYear',
    'timestamp_to_day_of_year',
    (date) => {
      const start = new Date(0);
      start.setUTCFullYear(date.getUTCFullYear(), 0, 1);
      return Math.floor((date.getTime() - start.getTime()) / DAY_MS);
    },
  ],
  ['getDayOfMonth', 'timestamp_to_day_of_month', (date) => date.getUTCDate() - 1],
  ['getDate', 'timestamp_to_day_of_month_1_based', (date) => date.getUTCDate()],
  ['getDayOfWeek', 'timestamp_to_day_of_week', (date) => date.getUTCDay()],
  ['getHours', 'timestamp_to_hours', (date) => date.getUTCHours()],
  ['getMinutes', 'timestamp_to_minutes', (date) => date.getUTCMinutes()],
  ['getSeconds', 'timestamp_to_seconds', (date) => date.getUTCSeconds()],
  ['getMilliseconds', 'timestamp_to_milliseconds', (date) => date.getUTCMilliseconds()],
];

function datePart(timestamp: Timestamp, zone: string, part: DatePart): Value {
  const offset = offsetOfZone(zone, timestamp.toDate(0));
  return offset instanceof ErrorValue ? offset : BigInt(part(timestamp.toDate(offset)));
}

/** Without a zone UTC is meant, not the offset that the timestamp was written with. */
const datePartFunctions = DATE_PARTS.map(([name, id, part]) =>
  declare(
    name,
    memberOverload(id, [TIMESTAMP], INT, ([value]) => datePart(asTimestamp(value), 'UTC', part)),
    memberOverload(`${id}_with_tz`, [TIMESTAMP, STRING], INT, ([value, zone]) =>
      datePart(asTimestamp(value), asString(zone), part),
    ),
  ),
);

const durationPart = (name: string, id: string, nanoseconds: bigint): FunctionDeclaration =>
  declare(
    name,
    memberOverload(id, [DURATION], INT, ([value]) => asDuration(value).nanoseconds / nanoseconds),
  );

/** Functions of the standard library that are neither operators nor conversions (cel-go common/stdlib). */
export const STANDARD: readonly FunctionDeclaration[] = [
  declare(
    'size',
    ...SIZES.flatMap(([word, type, size]) => {
      const implementation: Implementation = ([value = null]) => BigInt(size(value));
      return [
        globalOverload(`size_${word}`, [type], INT, implementation),
        memberOverload(`${word}_size`, [type], INT, implementation),
      ];
    }),
  ),
  declare(
    'contains',
    memberOverload(
      'contains_string',
      [STRING, STRING],
      BOOL,
      onStrings((a, b) => a.includes(b)),
    ),
  ),
  declare(
    'startsWith',
    memberOverload(
      'starts_with_string',
      [STRING, STRING],
      BOOL,
      onStrings((a, b) => a.startsWith(b)),
    ),
  ),
  declare(
    'endsWith',
    memberOverload(
      'ends_with_string',
      [STRING, STRING],
      BOOL,
      onStrings((a, b) => a.endsWith(b)),
    ),
  ),
  declare(
    'matches',
    globalOverload('matches', [STRING, STRING], BOOL, MATCHES),
    memberOverload('matches_string', [STRING, STRING], BOOL, MATCHES),
  ),
  ...datePartFunctions,
  durationPart('getHours', 'duration_to_hours', 3_600_000_000_000n),
  durationPart('getMinutes', 'duration_to_minutes', 60_000_000_000n),
  durationPart('getSeconds', 'duration_to_seconds', 1_000_000_000n),
  durationPart('getMilliseconds', 'duration_to_milliseconds', 1_000_000n),
];
