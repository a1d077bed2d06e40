import { invalid } from '../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { parseAPIVersion } from '../../../apimachinery/meta.ts';
import { newBadRequest, newInvalid, type StatusError } from '../../../apimachinery/status-error.ts';
import type { CustomType } from '../kind-table.ts';
import type { PatchSource } from '../patch/patch-problems.ts';
import { StructDecoder } from './decode-struct.ts';
import {
  describeNode,
  fromPlain,
  isObjectNode,
  type JSONNode,
  type JSONObjectNode,
} from './json-node.ts';
import { parseJSON } from './parse-json.ts';
import { parseYAML } from './parse-yaml.ts';
import { lookupSchema, SCHEMA_KINDS } from './schema.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** What an endpoint takes. */
export interface ExpectedType {
  readonly apiVersion: string;
  readonly kind: string;
  /** Older versions of the same group that differ in nothing. */
  readonly olderVersions?: readonly string[];
  /** Name in the compiled schema. */
  readonly schema: string;
  /** Set on custom resources, which the compiled schema does not know. */
  readonly custom?: CustomType;
}

export interface Decoded {
  readonly object: KubernetesObject;
  /** Texts for Warning headers: with `Warn`, what `Strict` would have refused. */
  readonly warnings: string[];
}

/** The scheme that upstream names when it does not know a kind. */
const SCHEME = 'pkg/api/legacyscheme/scheme.go:30';
const SUMMARY_BYTES = 30;

/**
 * Decodes a request body into an object of the expected type.
 *
 * @throws StatusError BadRequest, in upstream's words: malformed text, another kind or version,
 * a value of the wrong type, and with `Strict` unknown and repeated fields.
 */
export function decodeObject(
  text: string,
  format: 'json' | 'yaml',
  expected: ExpectedType,
  fieldValidation: FieldValidation,
): Decoded {
  const { root: parsed, duplicates } = parse(text, format, expected);
  // A document that is null, or YAML that is only comments, is an object without fields.
  const root = parsed ?? { keys: [], values: [] };
  if (!isObjectNode(root)) throw notAnObject(root, text, expected);
  // Built-in types are known by the endpoint; objects without a type must say what they are.
  if (expected.custom !== undefined && statedField(root, 'kind') === '') {
    throw unrecognized(text, expected, `Object 'Kind' is missing in '${text}'`);
  }
  const fail = checkKind(kindOf(root, text, expected), expected);
  const { object, strictErrors } = decodeAs(root, expected, fail);
  const problems = [
    ...(duplicates.length === 0 ? [] : [`yaml: unmarshal errors:\n${duplicates.join('\n')}`]),
    ...strictErrors,
  ];
  return judge(object, problems, fieldValidation, (message) => fail(message));
}

/**
 * Gives a value that a patch has made the type of its endpoint. `source` is what is told of the
 * patch.
 *
 * @throws StatusError Invalid (422): the patch leads to something that is not of that type.
 */
export function decodeValue(
  value: Readonly<Record<string, unknown>>,
  expected: ExpectedType,
  fieldValidation: FieldValidation,
  source: PatchSource = { shown: '', problems: [] },
): Decoded {
  const fail = (message: string): StatusError =>
    newInvalid('', '', '', [invalid('patch', source.shown, message)]);
  let root: JSONNode;
  try {
    root = fromPlain({ apiVersion: expected.apiVersion, kind: expected.kind, ...value });
  } catch (error) {
    throw fail(messageOf(error));
  }
  if (!isObjectNode(root)) throw fail('not an object');
  const { object, strictErrors } = decodeAs(root, expected, fail);
  if (object.kind !== expected.kind || object.apiVersion !== expected.apiVersion) {
    const { apiVersion, kind } = object;
    throw newBadRequest(
      `the API version in the data (${apiVersion}, Kind=${kind}) does not match the expected API version (${expected.apiVersion}, Kind=${expected.kind})`,
    );
  }
  const problems = fieldValidation === 'Ignore' ? [] : [...source.problems, ...strictErrors];
  return judge(object, problems, fieldValidation, fail);
}

function decodeAs(
  root: JSONObjectNode,
  expected: ExpectedType,
  fail: (message: string) => StatusError,
): { object: KubernetesObject; strictErrors: string[] } {
  const decoder = new StructDecoder();
  try {
    if (expected.custom !== undefined) return expected.custom.decode(root);
    const object = decoder.decode(root, lookupSchema(expected.schema)) as KubernetesObject;
    object.apiVersion ||= expected.apiVersion;
    object.kind ||= expected.kind;
    return { object, strictErrors: decoder.strictErrors };
  } catch (error) {
    throw fail(messageOf(error));
  }
}

function judge(
  object: KubernetesObject,
  problems: string[],
  fieldValidation: FieldValidation,
  fail: (message: string) => StatusError,
): Decoded {
  if (problems.length === 0 || fieldValidation === 'Ignore') return { object, warnings: [] };
  if (fieldValidation === 'Warn') return { object, warnings: problems };
  throw fail(`strict decoding error: ${problems.join(', ')}`);
}

function parse(
  text: string,
  format: 'json' | 'yaml',
  expected: ExpectedType,
): { root: JSONNode; duplicates: readonly string[] } {
  try {
    return format === 'yaml' ? parseYAML(text) : { root: parseJSON(text), duplicates: [] };
  } catch (error) {
    const message = messageOf(error);
    throw unrecognized(
      text,
      expected,
      format === 'yaml' ? message : `couldn't get version/kind; json parse error: ${message}`,
    );
  }
}

/**
 * Gives a value that came in another encoding than text the type of its endpoint. Fields that the
 * type does not have are dropped, as such encodings have no names that could be misspelt.
 *
 * @throws StatusError BadRequest: a value of the wrong type.
 */
export function decodeTyped(
  value: Readonly<Record<string, unknown>>,
  expected: ExpectedType,
  fail: (message: string) => StatusError,
): Decoded {
  const { apiVersion, kind } = expected;
  const root = fromPlain({ ...value, apiVersion, kind }) as JSONObjectNode;
  return { object: decodeAs(root, expected, fail).object, warnings: [] };
}

/** What a body says that it is. */
export interface BodyKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The kind that the body states, completed by what the endpoint expects. */
function kindOf(root: JSONObjectNode, text: string, expected: ExpectedType): BodyKind {
  const stated = (field: 'apiVersion' | 'kind'): string => {
    const value = statedField(root, field);
    if (typeof value === 'string') return value || expected[field];
    const message = `json: cannot unmarshal ${describeNode(value)} into Go struct field .${field} of type string`;
    throw unrecognized(text, expected, `couldn't get version/kind; json parse error: ${message}`);
  };
  return { ...parseAPIVersion(stated('apiVersion')), kind: stated('kind') };
}

/** What a field is in a body; '' where it is missing. */
const statedField = (root: JSONObjectNode, field: 'apiVersion' | 'kind'): JSONNode =>
  root.values[root.keys.lastIndexOf(field)] ?? '';

function notAnObject(root: JSONNode, text: string, expected: ExpectedType): StatusError {
  const type =
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
  const message = `json: cannot unmarshal ${describeNode(root)} into Go value of type ${type}`;
  return unrecognized(text, expected, `couldn't get version/kind; json parse error: ${message}`);
}

/**
 * Makes sure that a body is of the kind that its endpoint takes; returns how what else is wrong
 * with it is put.
 *
 * @throws StatusError BadRequest.
 */
export function checkKind(
  actual: BodyKind,
  expected: ExpectedType,
): (message: string) => StatusError {
  const { group, version, kind } = actual;
  const handled = `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}`;
  const want = parseAPIVersion(expected.apiVersion);
  const isKnownVersion =
    version === want.version || expected.olderVersions?.includes(version) === true;
  if (kind === expected.kind && group === want.group && isKnownVersion) {
    return (message) => newBadRequest(`${handled}: ${message}`);
  }
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const otherVersion = newBadRequest(
    `the API version in the data (${apiVersion}) does not match the expected API version (${expected.apiVersion})`,
  );
  // Custom kinds are known in every version.
  if (expected.custom !== undefined && kind === expected.kind) throw otherVersion;
  const isKnown = SCHEMA_KINDS.some(
    (k) => k.group === group && k.version === version && k.kind === kind,
  );
  if (!isKnown) {
    throw newBadRequest(`${handled}: ${notRegistered(apiVersion, kind)}`);
  }
  if (kind === expected.kind) throw otherVersion;
  const target = `${want.group.split('.')[0] || 'core'}.${expected.kind}`;
  throw newBadRequest(
    `${handled}: converting (${version}.${kind}) to (${target}): unknown conversion`,
  );
}

/** How upstream says that it does not know a kind. */
export function notRegistered(apiVersion: string, kind: string): string {
  return `no kind "${kind}" is registered for version "${apiVersion}" in scheme "${SCHEME}"`;
}

function unrecognized(text: string, expected: ExpectedType, message: string): StatusError {
  return newBadRequest(
    `the object provided is unrecognized (must be of type ${expected.kind}): ${message} (${summarize(text)})`,
  );
}

/** The start of a body: as text when it looks like JSON, else in hexadecimal. */
function summarize(text: string): string {
  if (text === '') return '<empty>';
  const start = text.slice(0, SUMMARY_BYTES);
  const ellipsis = text.length > SUMMARY_BYTES ? ' ...' : '';
  if (text.startsWith('{')) return `${start}${ellipsis}`;
  const bytes = encodeURIComponent(start.toWellFormed()).replace(
    /%([0-9A-F]{2})|(.)/g,
    (_, hex: string | undefined, c: string) =>
      hex === undefined ? c.charCodeAt(0).toString(16).padStart(2, '0') : hex.toLowerCase(),
  );
  return `${bytes.slice(0, SUMMARY_BYTES * 2)}${ellipsis}`;
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
