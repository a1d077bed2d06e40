/**
 * Makes worker/registry/protobuf/fields.generated.json: the numbers of the fields of every message
 * that the compiled schema knows, and whether the encoder writes a field that is zero.
 *
 *     node scripts/compile-protobuf.ts <proto-fields.json.gz> <protobuf.jsonl.gz>
 *
 * The first file names numbers and types. The second holds encodings that Go made; what it left
 * out in any of them is a pointer, a list or a map there, and the rest is a plain value, which Go
 * always writes. The format is described, and read, in worker/registry/protobuf/message-types.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { COMPILED } from '../worker/registry/schema/schema.ts';
import { GO_POINTERS } from './protobuf/go-pointers.ts';
import { observeEncodings, type ProtoMessages } from './protobuf/observe-encodings.ts';
import { schemaName } from './protobuf/schema-name.ts';

/** JSON names that are not the protobuf name in another case. */
const RENAMED: Readonly<Record<string, string>> = { schema: '$schema', ref: '$ref' };
/** Written as text or as a choice of types: the codec knows their messages by heart. */
const BUILT_IN = /\.(JSON|JSONSchemaPropsOr(Array|Bool|StringArray))$/;

/** Kinds that are of many groups, or that the schema's source gives none. */
const KINDS_WITHOUT_GROUP = [
  ...['DeleteOptions', 'WatchEvent', 'PartialObjectMetadata', 'PartialObjectMetadataList'].map(
    (kind) => `io.k8s.apimachinery.pkg.apis.meta.v1.${kind}`,
  ),
  ...['CustomResourceDefinition', 'CustomResourceDefinitionList'].map(
    (kind) => `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.${kind}`,
  ),
];

type Presence = (message: string, field: string) => 'always' | 'optional' | undefined;

const readGzip = (path: string): string => gunzipSync(readFileSync(path)).toString('utf8');

/** The JSON name of a protobuf field, or undefined when Go embeds its struct. */
function jsonName(field: string, names: readonly string[]): string | undefined {
  const kebab = field.replaceAll(/(?<=[a-z])[A-Z]/g, (c) => `-${c}`).toLowerCase();
  const renamed = RENAMED[field] ?? field;
  return (
    names.find((name) => name === field) ??
    names.find((name) => name === renamed || name === kebab) ??
    names.find((name) => name.toLowerCase() === field.toLowerCase())
  );
}

function compileMessage(
  message: string,
  messages: ProtoMessages,
  presence: Presence,
  refer: (schema: string) => void,
): string {
  const schema = schemaName(message);
  const fields = COMPILED.types[schema]?.f ?? {};
  return Object.entries(messages[message] ?? {})
    .sort(([, [a]], [, [b]]) => a - b)
    .map(([field, [number, type]]) => {
      const name = jsonName(field, Object.keys(fields));
      if (name === undefined) {
        const embedded = `${schema.slice(0, schema.lastIndexOf('.'))}.${type}`;
        if (COMPILED.types[embedded]?.f === undefined)
          throw new Error(`what is ${schema}.${field}?`);
        refer(embedded);
        return `${number}*${embedded}`;
      }
      const compiled = fields[name];
      const referred = /#(.*)/.exec(compiled?.t ?? '')?.[1];
      if (referred !== undefined) refer(referred);
      const always = isAlways(message, field, type, compiled?.d, presence);
      return `${number}${always ? '!' : '?'}${name}`;
    })
    .join(' ');
}

/** Whether Go has a plain value in a field, and so writes it even when it is zero. */
function isAlways(
  message: string,
  field: string,
  type: string,
  schemaDefault: unknown,
  presence: Presence,
): boolean {
  const isPointer =
    GO_POINTERS.has(`${schemaName(message)} ${field}`) || presence(message, field) === 'optional';
  if (isPointer || type === 'bytes' || /^(repeated |map<)/.test(type)) return false;
  // Which structs are plain values the schema tells, by a default.
  const isStruct = /^[.A-Z]/.test(type) && !type.endsWith('Time');
  return !isStruct || schemaDefault !== undefined;
}

function compile(messages: ProtoMessages, presence: Presence): Record<string, string> {
  const bySchema = new Map(Object.keys(messages).map((message) => [schemaName(message), message]));
  const queue = [
    ...Object.keys(COMPILED.types).filter((name) => COMPILED.types[name]?.g !== undefined),
    ...KINDS_WITHOUT_GROUP,
  ];
  const compiled = new Map<string, string>();
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const message = bySchema.get(name);
    if (compiled.has(name) || message === undefined || BUILT_IN.test(name)) continue;
    compiled.set(
      name,
      compileMessage(message, messages, presence, (schema) => queue.push(schema)),
    );
  }
  return Object.fromEntries([...compiled].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const [fieldsPath, encodingsPath] = process.argv.slice(2);
if (fieldsPath === undefined || encodingsPath === undefined) {
  throw new Error('usage: compile-protobuf.ts <proto-fields.json.gz> <protobuf.jsonl.gz>');
}
const messages = JSON.parse(readGzip(fieldsPath)) as ProtoMessages;
const presence = observeEncodings(messages, readGzip(encodingsPath));
const target = new URL('../worker/registry/protobuf/fields.generated.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(compile(messages, presence))}\n`);
