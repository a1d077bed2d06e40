import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { SwaggerDocument } from './document-v2.ts';

type JSONObject = Readonly<Record<string, unknown>>;

/**
 * A Swagger document as `openapi.v2.Document` of gnostic, in protobuf: what kubectl up to 1.28 asks
 * for. Each function writes one message; the numbers are those of gnostic's OpenAPIv2.proto.
 */
export function encodeSwagger(document: SwaggerDocument): Uint8Array {
  const w = new BinaryWriter();
  text(w, 1, document.swagger);
  message(w, 2, () => {
    text(w, 1, document.info.title);
    text(w, 2, document.info.version);
  });
  message(w, 8, () => named(w, 2, document.paths, (item) => pathItem(w, item as JSONObject)));
  message(w, 9, () => named(w, 1, document.definitions, (item) => schema(w, item as JSONObject)));
  return w.finish();
}

function message(w: BinaryWriter, number: number, write: () => void): void {
  w.tag(number, WireType.LengthDelimited).fork();
  write();
  w.join();
}

function text(w: BinaryWriter, number: number, value: unknown): void {
  if (typeof value === 'string' && value !== '') {
    w.tag(number, WireType.LengthDelimited).string(value);
  }
}

function flag(w: BinaryWriter, number: number, value: unknown): void {
  if (value === true) w.tag(number, WireType.Varint).bool(true);
}

function integer(w: BinaryWriter, number: number, value: unknown): void {
  if (typeof value === 'number' && value !== 0) {
    w.tag(number, WireType.Varint).int64(Math.trunc(value));
  }
}

function double(w: BinaryWriter, number: number, value: unknown): void {
  if (typeof value === 'number' && value !== 0) w.tag(number, WireType.Bit64).double(value);
}

function texts(w: BinaryWriter, number: number, values: unknown): void {
  for (const value of Array.isArray(values) ? values : []) {
    w.tag(number, WireType.LengthDelimited).string(String(value));
  }
}

/** A map: repeated messages of a name (1) and a value (2). */
function named(
  w: BinaryWriter,
  number: number,
  map: unknown,
  write: (value: unknown) => void,
): void {
  for (const [name, value] of Object.entries((map ?? {}) as JSONObject)) {
    message(w, number, () => {
      text(w, 1, name);
      message(w, 2, () => write(value));
    });
  }
}

/** `Any`: a value as YAML, of which JSON is a part. */
function any(w: BinaryWriter, value: unknown): void {
  text(w, 2, JSON.stringify(value));
}

function extensions(w: BinaryWriter, number: number, object: JSONObject): void {
  const entries = Object.entries(object).filter(([key]) => key.startsWith('x-'));
  named(w, number, Object.fromEntries(entries), (value) => any(w, value));
}

function pathItem(w: BinaryWriter, item: JSONObject): void {
  const numbers = { get: 2, put: 3, post: 4, delete: 5, patch: 8 } as const;
  for (const [method, number] of Object.entries(numbers)) {
    const found = item[method] as JSONObject | undefined;
    if (found !== undefined) message(w, number, () => operation(w, found));
  }
  for (const found of (item['parameters'] ?? []) as JSONObject[]) {
    message(w, 9, () => parametersItem(w, found));
  }
}

function operation(w: BinaryWriter, object: JSONObject): void {
  texts(w, 6, object['produces']);
  texts(w, 7, object['consumes']);
  for (const found of (object['parameters'] ?? []) as JSONObject[]) {
    message(w, 8, () => parametersItem(w, found));
  }
  message(w, 9, () =>
    named(w, 1, object['responses'], (value) =>
      // ResponseValue.response
      message(w, 1, () => {
        const response = value as JSONObject;
        text(w, 1, response['description']);
        const found = response['schema'] as JSONObject | undefined;
        if (found !== undefined) message(w, 2, () => message(w, 1, () => schema(w, found)));
      }),
    ),
  );
  extensions(w, 13, object);
}

/** ParametersItem → Parameter → BodyParameter, or NonBodyParameter of the query or the path. */
function parametersItem(w: BinaryWriter, object: JSONObject): void {
  message(w, 1, () => {
    if (object['in'] === 'body') {
      message(w, 1, () => {
        text(w, 2, object['name']);
        text(w, 3, object['in']);
        flag(w, 4, object['required']);
        message(w, 5, () => schema(w, object['schema'] as JSONObject));
      });
      return;
    }
    const isPath = object['in'] === 'path';
    message(w, 2, () => {
      message(w, isPath ? 4 : 3, () => {
        flag(w, 1, object['required']);
        text(w, 2, object['in']);
        text(w, 3, object['description']);
        text(w, 4, object['name']);
        // The two messages differ from here on: that of queries has allow_empty_value at 5.
        text(w, isPath ? 5 : 6, object['type']);
        flag(w, isPath ? 19 : 20, object['uniqueItems']);
      });
    });
  });
}

function schema(w: BinaryWriter, object: JSONObject): void {
  text(w, 1, object['$ref']);
  text(w, 2, object['format']);
  text(w, 3, object['title']);
  text(w, 4, object['description']);
  double(w, 6, object['multipleOf']);
  double(w, 7, object['maximum']);
  flag(w, 8, object['exclusiveMaximum']);
  double(w, 9, object['minimum']);
  flag(w, 10, object['exclusiveMinimum']);
  integer(w, 11, object['maxLength']);
  integer(w, 12, object['minLength']);
  text(w, 13, object['pattern']);
  integer(w, 14, object['maxItems']);
  integer(w, 15, object['minItems']);
  flag(w, 16, object['uniqueItems']);
  integer(w, 17, object['maxProperties']);
  integer(w, 18, object['minProperties']);
  texts(w, 19, object['required']);
  for (const value of (object['enum'] ?? []) as unknown[]) message(w, 20, () => any(w, value));
  const additional = object['additionalProperties'];
  if (additional !== undefined) {
    message(w, 21, () => {
      if (typeof additional === 'boolean') flag(w, 2, additional);
      else message(w, 1, () => schema(w, additional as JSONObject));
    });
  }
  const { type } = object;
  if (type !== undefined) message(w, 22, () => texts(w, 1, [type]));
  const items = object['items'] as JSONObject | undefined;
  if (items !== undefined) message(w, 23, () => message(w, 1, () => schema(w, items)));
  const { properties } = object;
  if (properties !== undefined) {
    message(w, 25, () => named(w, 1, properties, (value) => schema(w, value as JSONObject)));
  }
  extensions(w, 31, object);
}
