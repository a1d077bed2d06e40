/**
 * Makes dist/descriptions.generated.json, the texts of `kubectl explain`, from the JSDoc comments of
 * @kubernetes/client-node, and of kubernetes-types for the fields that the former leaves without
 * one. The texts are upstream's own, so the file is made by every build and never committed.
 *
 *     node scripts/compile-descriptions.ts
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { COMPILED } from '../worker/registry/schema/schema.ts';

const root = new URL('../', import.meta.url);
const models = new URL('node_modules/@kubernetes/client-node/dist/gen/models/', root);
const types = new URL('node_modules/kubernetes-types/', root);

/** Texts of one class or interface: field → text, the type's own at ''. */
type Texts = Record<string, string>;

const COMMENT = String.raw`\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*`;
const TYPE = new RegExp(
  `(?:${COMMENT})?export (?:declare class|interface) (\\w+)[^{]*\\{([\\s\\S]*?)\\n\\}`,
  'g',
);
const FIELD = new RegExp(`${COMMENT}'?([\\w$-]+)'?\\??: `, 'g');

const plain = (comment: string): string =>
  comment
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .replaceAll('\\"', '"')
    .trim();

/** The commented types of a declaration file. */
function readTypes(source: string): Map<string, Texts> {
  const found = new Map<string, Texts>();
  for (const [, comment, name = '', body = ''] of source.matchAll(TYPE)) {
    const texts: Texts = comment === undefined ? {} : { '': plain(comment) };
    for (const [, text = '', field = ''] of body.matchAll(FIELD)) texts[field] ??= plain(text);
    found.set(name, texts);
  }
  return found;
}

const pascal = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `io.k8s.api.core.v1.Event` is `CoreV1Event`, or `V1Event` where no other group has one. */
function clientTexts(schema: string): Texts {
  const [group = '', version = '', name = ''] = schema.split('.').slice(-3);
  for (const className of [
    `${pascal(group)}${pascal(version)}${name}`,
    `${pascal(version)}${name}`,
  ]) {
    const file = new URL(`${className}.d.ts`, models);
    if (existsSync(file)) return readTypes(readFileSync(file, 'utf8')).get(className) ?? {};
  }
  return {};
}

const declarations = new Map<string, Map<string, Texts>>();

function typesTexts(schema: string): Texts {
  const [group = '', version = '', name = ''] = schema.split('.').slice(-3);
  const path = `${group}/${version}.d.ts`;
  if (!declarations.has(path)) {
    const file = new URL(path, types);
    const source = existsSync(file) ? readFileSync(file, 'utf8') : '';
    declarations.set(path, readTypes(source));
  }
  return declarations.get(path)?.get(name) ?? {};
}

if (readdirSync(models).length === 0) throw new Error('@kubernetes/client-node has no models');
const descriptions = Object.fromEntries(
  Object.keys(COMPILED.types).map((schema) => {
    const known = Object.keys(COMPILED.types[schema]?.f ?? {});
    const texts = { ...typesTexts(schema), ...clientTexts(schema) };
    const kept = ['', ...known].flatMap((field) => {
      const text = texts[field];
      return text === undefined || text === '' ? [] : [[field, text] as const];
    });
    return [schema, Object.fromEntries(kept)];
  }),
);
mkdirSync(new URL('dist/', root), { recursive: true });
writeFileSync(new URL('dist/descriptions.generated.json', root), JSON.stringify(descriptions));
