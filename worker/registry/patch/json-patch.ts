import { newStatusError } from '../../../apimachinery/status-error.ts';
import { deepEqual } from '../rest/deep-equal.ts';
import { setOwn } from '../schema/json-node.ts';
import { cloneJSON, isPlainObject, type PlainObject, readPatch } from './patch-document.ts';
import { newBadPatch, newFailedTest, newPatchRejected } from './patch-error.ts';

/** Upstream's bound on operations in one patch. */
export const MAX_JSON_PATCH_OPERATIONS = 10_000;
/** Bound on what `copy` may add up to, counted in values, so that doubling ends early. */
const MAX_COPIED_VALUES = 100_000;

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from: string;
  readonly value: unknown;
}

const OPERATIONS = ['add', 'remove', 'replace', 'move', 'copy', 'test'];

/**
 * Applies a JSON patch (RFC 6902), text or parsed, to a copy of the object: all of it or nothing.
 *
 * @throws StatusError BadRequest (malformed), RequestEntityTooLarge (too many operations), or
 * Invalid (an operation does not apply, or a test fails).
 */
export function applyJSONPatch(object: object, patch: unknown): PlainObject {
  const operations = readOperations(readPatch(patch));
  const document = new PatchedDocument(cloneJSON(object) as unknown);
  for (const operation of operations) document.apply(operation);
  const { root } = document;
  if (!isPlainObject(root)) throw newPatchRejected('the patched document is not an object');
  return root;
}

function readOperations(patch: unknown): Operation[] {
  if (!Array.isArray(patch)) throw newBadPatch('a JSON patch must be an array of operations');
  if (patch.length > MAX_JSON_PATCH_OPERATIONS) {
    const message = `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_JSON_PATCH_OPERATIONS}, got ${patch.length}`;
    throw newStatusError('RequestEntityTooLarge', message);
  }
  return patch.map(readOperation);
}

function readOperation(item: unknown): Operation {
  const invalid = (why: string) => newBadPatch(`invalid operation ${JSON.stringify(item)}: ${why}`);
  if (!isPlainObject(item)) throw invalid('not an object');
  const { op, path, from } = item;
  if (typeof op !== 'string' || !OPERATIONS.includes(op)) throw invalid('unsupported operation');
  if (typeof path !== 'string') throw invalid('missing path field: missing value');
  if ((op === 'move' || op === 'copy') && typeof from !== 'string') {
    throw invalid("failed to decode 'from': operation, missing from field: missing value");
  }
  if ((op === 'add' || op === 'replace') && !Object.hasOwn(item, 'value')) {
    throw invalid("failed to decode 'value': operation, missing value field: missing value");
  }
  return { op, path, from: typeof from === 'string' ? from : '', value: item.value ?? null };
}

/** A container and the key in it that a pointer names. */
interface Target {
  readonly parent: PlainObject | unknown[];
  readonly key: string;
}

class PatchedDocument {
  root: unknown;
  #copied = 0;

  constructor(root: unknown) {
    this.root = root;
  }

  apply({ op, path, from, value }: Operation): void {
    switch (op) {
      case 'add':
        this.#add(path, cloneJSON(value), op);
        break;
      case 'remove':
        this.#remove(path, op);
        break;
      case 'replace':
        this.#replace(path, cloneJSON(value));
        break;
      case 'move': {
        const moved = this.#get(from, op);
        this.#remove(from, op);
        this.#add(path, moved, op);
        break;
      }
      case 'copy':
        this.#add(path, this.#copy(this.#get(from, op)), op);
        break;
      default:
        this.#test(path, value);
    }
  }

  #copy(value: unknown): unknown {
    this.#copied += countValues(value, MAX_COPIED_VALUES);
    if (this.#copied > MAX_COPIED_VALUES) throw newPatchRejected('copied values exceed the limit');
    return cloneJSON(value);
  }

  #add(path: string, value: unknown, op: string): void {
    const { parent, key } = this.#target(path, op);
    if (!Array.isArray(parent)) {
      setOwn(parent, key, value);
      return;
    }
    const index = key === '-' ? parent.length : arrayIndex(key, parent.length + 1);
    if (index === undefined) throw badIndex(op, path, key);
    parent.splice(index, 0, value);
  }

  #remove(path: string, op: string): void {
    const { parent, key } = this.#target(path, op);
    if (Array.isArray(parent)) {
      const index = arrayIndex(key, parent.length);
      if (index === undefined) throw badIndex(op, path, key);
      parent.splice(index, 1);
      return;
    }
    if (!Object.hasOwn(parent, key))
      throw missing(op, path, `unable to remove nonexistent key: ${key}`);
    delete parent[key];
  }

  #replace(path: string, value: unknown): void {
    if (path === '') {
      this.root = value;
      return;
    }
    const { parent, key } = this.#target(path, 'replace');
    if (read(parent, key) === undefined) {
      throw newPatchRejected(
        `replace operation does not apply: doc is missing key: ${path}: missing value`,
      );
    }
    if (Array.isArray(parent)) parent[arrayIndex(key, parent.length) ?? 0] = value;
    else setOwn(parent, key, value);
  }

  /** A test for null also holds where there is nothing. */
  #test(path: string, value: unknown): void {
    let actual: unknown = this.root;
    if (path !== '') {
      const { parent, key } = this.#target(path, 'test');
      if (Array.isArray(parent) && arrayIndex(key, Infinity) === undefined) {
        throw badIndex('test', path, key);
      }
      actual = read(parent, key);
    }
    if (!deepEqual(actual ?? null, value)) {
      throw newFailedTest(path);
    }
  }

  #get(path: string, op: string): unknown {
    if (path === '') return this.root;
    const { parent, key } = this.#target(path, op);
    const value = read(parent, key);
    if (value === undefined) throw missing(op, path, `unable to get nonexistent key: ${key}`);
    return value;
  }

  #target(path: string, op: string): Target {
    const noPath = () =>
      newPatchRejected(
        `${op} operation does not apply: doc is missing path: "${path}": missing value`,
      );
    if (!path.startsWith('/')) throw noPath();
    const keys = path
      .slice(1)
      .split('/')
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop() ?? '';
    let parent: unknown = this.root;
    for (const key of keys) parent = isContainer(parent) ? read(parent, key) : undefined;
    if (!isContainer(parent)) throw noPath();
    return { parent, key: last };
  }
}

const isContainer = (value: unknown): value is PlainObject | unknown[] =>
  Array.isArray(value) || isPlainObject(value);

function read(parent: PlainObject | unknown[], key: string): unknown {
  if (!Array.isArray(parent)) return Object.hasOwn(parent, key) ? parent[key] : undefined;
  const index = arrayIndex(key, parent.length);
  return index === undefined ? undefined : parent[index];
}

/** An index below `limit`; a negative one counts from there, which upstream allows. */
function arrayIndex(key: string, limit: number): number | undefined {
  if (!/^-?[0-9]{1,9}$/.test(key)) return undefined;
  const index = Number(key) + (key.startsWith('-') ? limit : 0);
  return index >= 0 && index < limit ? index : undefined;
}

const badIndex = (op: string, path: string, key: string) =>
  newPatchRejected(`error in ${op} for path: '${path}': invalid index referenced: ${key}`);

const missing = (op: string, path: string, why: string) =>
  newPatchRejected(`error in ${op} for path: '${path}': ${why}: missing value`);

function countValues(value: unknown, limit: number): number {
  let count = 0;
  const queue = [value];
  while (queue.length > 0 && count <= limit) {
    const next = queue.pop();
    count++;
    if (isContainer(next)) {
      for (const item of Array.isArray(next) ? next : Object.values(next)) queue.push(item);
    }
  }
  return count;
}
