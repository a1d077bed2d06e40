import { isList, isObjectNode, type JSONNode } from './json-node.ts';
import { parseJSON } from './parse-json.ts';

/** How many are told; the bound that a decoded body has as well. */
const MAX_DUPLICATES = 100;

/** Texts such as `duplicate field "spec.x"` for the keys that JSON text repeats, in its order. */
export function duplicateFields(text: string): string[] {
  return text === '' ? [] : duplicatesIn(parseJSON(text));
}

/** The same of a document that was parsed. */
export function duplicatesIn(node: JSONNode): string[] {
  const found = new Set<string>();
  collect(node, '', found);
  return [...found];
}

function collect(node: JSONNode, path: string, found: Set<string>): void {
  if (isList(node)) {
    for (const [i, item] of node.entries()) collect(item, `${path}[${i}]`, found);
    return;
  }
  if (!isObjectNode(node)) return;
  const seen = new Set<string>();
  for (const [i, key] of node.keys.entries()) {
    const at = path === '' ? key : `${path}.${key}`;
    if (seen.has(key) && found.size < MAX_DUPLICATES) {
      found.add(`duplicate field ${JSON.stringify(at)}`);
    }
    seen.add(key);
    collect(node.values[i] ?? null, at, found);
  }
}
