import { isListValue, isMapValue, type MergeList } from './merge-type.ts';
import { goJSON, keyElement, type PathElement, valueElement } from './path-element.ts';

/** How an associative list tells its elements apart; made once per list type. */
const readers = new WeakMap<MergeList, (item: unknown) => PathElement>();

/**
 * The path element of an item of an associative list.
 *
 * @throws Error in upstream's words: the item has no key, or is no possible member of the list.
 */
export function listElement(list: MergeList, item: unknown): PathElement {
  let reader = readers.get(list);
  if (reader === undefined) {
    reader = newReader(list);
    readers.set(list, reader);
  }
  return reader(item);
}

/** Stands for an item that is no possible member of its list. */
const NO_ELEMENT: PathElement = '?';

/** The same for lists in which removing fields may have left items without a key. */
export function listElementIfAny(list: MergeList, item: unknown): PathElement {
  try {
    return listElement(list, item);
  } catch {
    // Such an item cannot be named, so that nothing that names items concerns it.
    return NO_ELEMENT;
  }
}

function newReader(list: MergeList): (item: unknown) => PathElement {
  const [only] = list.keys;
  if (only === undefined) return setElement;
  if (list.keys.length === 1) {
    const prefix = `k:{${goJSON(only)}:`;
    return (item) => `${prefix}${goJSON(onlyKeyOf(list, item, only))}}`;
  }
  const names = list.keys.toSorted();
  return (item) => {
    const fields: [string, unknown][] = [];
    for (const name of names) {
      const value = keyOf(list, item, name);
      if (value !== undefined) fields.push([name, value]);
    }
    return fields.length === 0 ? noKeys(list) : keyElement(fields);
  };
}

/** Undefined for a key that the item leaves out and that has no default: some may be missing. */
function keyOf(list: MergeList, item: unknown, key: string): unknown {
  if (!isMapValue(item)) {
    throw new Error(
      item === null
        ? 'associative list with keys may not have a null element'
        : 'associative list with keys may not have non-map elements',
    );
  }
  const value = Object.hasOwn(item, key) ? item[key] : undefined;
  return value === undefined ? (list.keyDefault(key) ?? undefined) : value;
}

function onlyKeyOf(list: MergeList, item: unknown, key: string): unknown {
  const value = keyOf(list, item, key);
  return value === undefined ? noKeys(list) : value;
}

function noKeys(list: MergeList): never {
  const keys = list.keys.map((key) => JSON.stringify(key)).join(' ');
  throw new Error(
    `associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`,
  );
}

function setElement(item: unknown): PathElement {
  if (item === null || item === undefined) {
    throw new Error("associative list without keys has an element that's an explicit null");
  }
  if (isListValue(item)) {
    throw new Error('not supported: associative list with lists as elements');
  }
  if (typeof item === 'object') {
    throw new Error("associative list without keys has an element that's a map type");
  }
  return valueElement(item);
}
