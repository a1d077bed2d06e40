import { parseJSON } from '../schema/parse-json.ts';
import { toPlain } from '../schema/json-node.ts';
import { type MessageField, MessageType, type WireValue } from './message.ts';

/** The fields of a message by name. */
export type Parts = Record<string, unknown>;

/** A type whose JSON is something else than an object with its message's fields. */
export class WellKnownType {
  readonly message: MessageType;
  /** What was read, as JSON; undefined for what JSON leaves out. Throws an Error. */
  readonly toJSON: (parts: Readonly<Parts>, depth: number) => unknown;
  /** The inverse; undefined and null give what Go's zero value is on the wire. */
  readonly toParts: (json: unknown) => Parts;

  constructor(
    message: MessageType,
    toJSON: (parts: Readonly<Parts>, depth: number) => unknown,
    toParts: (json: unknown) => Parts,
  ) {
    this.message = message;
    this.toJSON = toJSON;
    this.toParts = toParts;
  }
}

/** A field of a well-known message: what it says is for the type's own functions to judge. */
export const field = (
  number: number,
  name: string,
  value: WireValue,
  shape: 'single' | 'list' = 'single',
): MessageField => ({ number, name, value, shape, always: false, shownWhenZero: false });

export const messageOf = (name: string, ...fields: readonly MessageField[]): MessageType =>
  new MessageType(name, () => fields);

export const isSet = (json: unknown): boolean => json !== undefined && json !== null;

/** Seconds since the epoch of the years 1 and 10000: metav1.Time holds what lies between. */
const MIN_SECONDS = -62_135_596_800;
const MAX_SECONDS = 253_402_300_800;

/** The start of an RFC 3339 text, as far as whole seconds; undefined for the zero time. */
function formatSeconds({ seconds, nanos }: Readonly<Parts>): string | undefined {
  if (seconds === undefined && nanos === undefined) return undefined;
  const value = Number(seconds ?? 0);
  if (value < MIN_SECONDS || value >= MAX_SECONDS) {
    throw new Error('Time.MarshalJSON: year outside of range [0,9999]');
  }
  return new Date(value * 1000).toISOString().slice(0, 19);
}

const secondsOf = (json: unknown): number => Math.floor(Date.parse(String(json)) / 1000);

const time = new WellKnownType(
  messageOf('Time', field(1, 'seconds', 'int64'), field(2, 'nanos', 'int32')),
  (parts) => {
    const start = formatSeconds(parts);
    return start === undefined ? undefined : `${start}Z`;
  },
  (json) => (isSet(json) ? { seconds: secondsOf(json), nanos: 0 } : {}),
);

const microTime = new WellKnownType(
  messageOf('MicroTime', field(1, 'seconds', 'int64'), field(2, 'nanos', 'int32')),
  (parts) => {
    const start = formatSeconds(parts);
    const micros = Math.floor(Number(parts['nanos'] ?? 0) / 1000);
    return start === undefined ? undefined : `${start}.${String(micros).padStart(6, '0')}Z`;
  },
  (json) => {
    if (!isSet(json)) return {};
    const micros = /\.(\d{1,6})/.exec(String(json))?.[1] ?? '';
    return { seconds: secondsOf(json), nanos: Number(micros.padEnd(6, '0')) * 1000 };
  },
);

const quantity = new WellKnownType(
  messageOf('Quantity', field(1, 'string', 'string')),
  ({ string = '0' }) => string,
  (json) => ({ string: isSet(json) ? String(json) : '0' }),
);

const intOrString = new WellKnownType(
  messageOf(
    'IntOrString',
    field(1, 'type', 'int64'),
    field(2, 'intVal', 'int32'),
    field(3, 'strVal', 'string'),
  ),
  ({ type, intVal = 0, strVal = '' }) => (type === 1 ? strVal : intVal),
  (json) =>
    typeof json === 'string'
      ? { type: 1, intVal: 0, strVal: json }
      : { type: 0, intVal: isSet(json) ? json : 0, strVal: '' },
);

/** RawExtension, FieldsV1 and JSON: the text of any JSON value. */
const any = new WellKnownType(
  messageOf('RawExtension', field(1, 'raw', 'string')),
  ({ raw }, depth) => (typeof raw === 'string' ? toPlain(parseJSON(raw), depth) : undefined),
  (json) => (isSet(json) ? { raw: JSON.stringify(json) } : {}),
);

/** A list as the value of a map, which protobuf has not: a message around it. */
const strings = new WellKnownType(
  messageOf('ExtraValue', field(1, 'items', 'string', 'list')),
  ({ items = [] }) => items,
  (json) => ({ items: json }),
);

/** A message that says something by being there. */
const empty = new WellKnownType(
  messageOf('CustomResourceSubresourceStatus'),
  () => ({}),
  () => ({}),
);

/** Types that the schema names as scalars or, with a name, as JSON of any shape. */
export const WELL_KNOWN: Readonly<Record<string, WellKnownType>> = {
  time,
  microTime,
  quantity,
  intOrString,
  any,
  '[]string': strings,
  '#io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON': any,
  '#io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceStatus':
    empty,
};
