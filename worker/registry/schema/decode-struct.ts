import { decodeScalar, type Refuse, zeroScalar } from './decode-scalar.ts';
import {
  DEPTH_MESSAGE,
  describeNode,
  isList,
  isNumberNode,
  isObjectNode,
  type JSONNode,
  type JSONObjectNode,
  MAX_OBJECT_DEPTH,
  setOwn,
  toPlain,
} from './json-node.ts';
import type { FieldSchema, FieldType, StructSchema } from './schema.ts';

type PlainObject = Record<string, unknown>;

/** Strict errors beyond this many are not collected. */
const MAX_STRICT_ERRORS = 100;

/**
 * Structs that Go embeds in others: its errors name them in the path although JSON does not.
 * Struct → embedded struct, and the fields that stay outside it.
 */
const EMBEDDED: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  Probe: [
    'ProbeHandler',
    [
      'initialDelaySeconds',
      'timeoutSeconds',
      'periodSeconds',
      'successThreshold',
      'failureThreshold',
      'terminationGracePeriodSeconds',
    ],
  ],
  Volume: ['VolumeSource', ['name']],
  EphemeralContainer: ['EphemeralContainerCommon', ['targetContainerName']],
};

/** Lists that say something by being empty: this one is how a client resets it. */
const KEPT_EMPTY = new Set(['managedFields']);

/** Where the decoder is. */
interface Place {
  /** The struct that the field belongs to, by its short Go name. */
  readonly owner: string;
  /** Path for type errors: field names only. */
  readonly goPath: string;
  /** Path for strict errors: with list indices and map keys. */
  readonly path: string;
  readonly depth: number;
}

/**
 * Turns a JSON document into an object of a type, as Go's decoder and encoder together would:
 * unknown fields are dropped and reported, nulls and empty optional lists and maps vanish, fields
 * that Go always writes appear.
 */
export class StructDecoder {
  readonly #strictErrors = new Set<string>();
  readonly #unknownFields: string[] = [];

  /** Texts such as `unknown field "spec.x"`, in the order of the document. */
  get strictErrors(): string[] {
    return [...this.#strictErrors];
  }

  /** Paths of the fields that the type does not have, in the order of the document. */
  get unknownFields(): string[] {
    return this.#unknownFields;
  }

  /**
   * Throws an Error with Go's text when a value has the wrong type. `path` is where the node is, for
   * what is told about fields; '' for the whole document.
   */
  decode(node: JSONObjectNode, struct: StructSchema, path = ''): PlainObject {
    return this.#struct(node, struct, { owner: '', goPath: '', path, depth: 0 }, undefined);
  }

  #struct(
    node: JSONObjectNode,
    struct: StructSchema,
    place: Place,
    into: PlainObject | undefined,
  ): PlainObject {
    if (place.depth > MAX_OBJECT_DEPTH) throw new Error(DEPTH_MESSAGE);
    const object: PlainObject = into ?? {};
    const seen = new Set<string>();
    node.keys.forEach((key, i) => {
      const path = place.path === '' ? key : `${place.path}.${key}`;
      const field = struct.fields.get(key);
      if (field === undefined) {
        this.#report(`unknown field ${JSON.stringify(path)}`);
        if (this.#unknownFields.length < MAX_STRICT_ERRORS) this.#unknownFields.push(path);
        return;
      }
      if (seen.has(key)) this.#report(`duplicate field ${JSON.stringify(path)}`);
      seen.add(key);
      const goPath = `${goPrefix(struct.shortName, key, place.goPath)}${key}`;
      const at = { owner: struct.shortName, goPath, path, depth: place.depth + 1 };
      this.#field(object, field, node.values[i] ?? null, at);
    });
    fillZeros(object, struct, place.depth);
    return object;
  }

  #field(object: PlainObject, field: FieldSchema, node: JSONNode, at: Place): void {
    if (node === null) {
      // Go's null empties what is a pointer, a list or a map, and leaves everything else alone.
      if (field.type.kind !== 'scalar') delete object[field.name];
      return;
    }
    const value = this.#value(node, field.type, at, object[field.name]);
    if (value === undefined || value === null) delete object[field.name];
    else object[field.name] = value;
    if (field.required || KEPT_EMPTY.has(field.name)) return;
    if (isEmptyCollection(value, field.type)) delete object[field.name];
  }

  /** `into` is what a repeated key has decoded before: structs and maps are merged into it. */
  #value(node: JSONNode, type: FieldType, at: Place, into: unknown): unknown {
    const refuse: Refuse = (goType, text) => {
      const what = text === undefined ? describeNode(node) : `number ${text}`;
      const where = `Go struct field ${at.owner}.${at.goPath}`;
      throw new Error(`json: cannot unmarshal ${what} into ${where} of type ${goType}`);
    };
    switch (type.kind) {
      case 'any':
        return toPlain(node, at.depth);
      case 'scalar':
        return node === null ? zeroScalar(type.name) : decodeScalar(node, type.name, refuse);
      case 'struct':
        if (node === null) return zeroStruct(type.struct, at.depth);
        if (!isObjectNode(node)) return refuse(goType(type));
        return this.#struct(node, type.struct, at, into as PlainObject | undefined);
      case 'list':
        if (!isList(node)) return refuse(goType(type));
        return node.map((item, i) =>
          this.#value(
            item,
            type.element,
            { ...at, path: `${at.path}[${i}]`, depth: at.depth + 1 },
            undefined,
          ),
        );
      case 'map':
        if (node === null) return undefined;
        if (!isObjectNode(node) || isNumberNode(node)) return refuse(goType(type));
        return this.#map(node, type.element, at, into as PlainObject | undefined);
      default:
        return type satisfies never;
    }
  }

  #map(
    node: JSONObjectNode,
    element: FieldType,
    at: Place,
    into: PlainObject | undefined,
  ): PlainObject {
    const object: PlainObject = into ?? {};
    const seen = new Set<string>();
    node.keys.forEach((key, i) => {
      const path = `${at.path}.${key}`;
      if (seen.has(key)) this.#report(`duplicate field ${JSON.stringify(path)}`);
      seen.add(key);
      const place = { ...at, path, depth: at.depth + 1 };
      setOwn(object, key, this.#value(node.values[i] ?? null, element, place, undefined));
    });
    return object;
  }

  #report(error: string): void {
    if (this.#strictErrors.size < MAX_STRICT_ERRORS) this.#strictErrors.add(error);
  }
}

function goPrefix(struct: string, key: string, path: string): string {
  const [embedded, outside] = EMBEDDED[struct] ?? [];
  const inner = embedded === undefined || outside?.includes(key) ? '' : `${embedded}.`;
  return path === '' ? inner : `${path}.${inner}`;
}

function isEmptyCollection(value: unknown, type: FieldType): boolean {
  if (type.kind === 'list') return Array.isArray(value) && value.length === 0;
  if (type.kind !== 'map') return false;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** How Go prints a type in an error. */
function goType(type: FieldType): string {
  switch (type.kind) {
    case 'any':
      return 'interface {}';
    case 'struct':
      return type.struct.goName;
    case 'list':
      return `[]${goType(type.element)}`;
    case 'map':
      return `map[string]${goType(type.element)}`;
    case 'scalar':
      return GO_SCALARS[type.name] ?? type.name;
    default:
      return type satisfies never;
  }
}

const GO_SCALARS: Readonly<Record<string, string>> = {
  double: 'float64',
  boolean: 'bool',
  bytes: '[]uint8',
  time: 'v1.Time',
  microTime: 'v1.MicroTime',
  duration: 'v1.Duration',
  quantity: 'resource.Quantity',
  intOrString: 'intstr.IntOrString',
};

function zeroStruct(struct: StructSchema, depth: number): PlainObject {
  const object: PlainObject = {};
  fillZeros(object, struct, depth);
  return object;
}

/** Adds the fields that Go writes whether set or not: structs by value, and required ones. */
function fillZeros(object: PlainObject, struct: StructSchema, depth: number): void {
  if (depth > MAX_OBJECT_DEPTH) throw new Error(DEPTH_MESSAGE);
  for (const field of struct.fields.values()) {
    if (object[field.name] !== undefined) continue;
    const { type } = field;
    if (type.kind === 'struct' && isEmptyObject(field.default)) {
      object[field.name] = zeroStruct(type.struct, depth + 1);
    } else if (field.required) {
      object[field.name] = type.kind === 'scalar' ? zeroScalar(type.name) : null;
    }
  }
}

const isEmptyObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;
