import { call } from './api.ts';

/** A recorded exchange with another API server: what was sent, and what it answered. */
export interface Conversation {
  readonly id: string;
  readonly in: { readonly steps: readonly RequestStep[] };
  readonly out: { readonly steps: readonly AnswerStep[] };
}

export interface RequestStep {
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly accept?: string;
  /** Text is sent as it is. */
  readonly body?: unknown;
}

export interface AnswerStep {
  readonly status: number;
  readonly body?: unknown;
  readonly warnings?: readonly string[];
}

/** What stands for what differs from server to server: `<rv1>` for one and the same value. */
const PLACEHOLDER = /<(rv|uid)(\d+)>|<(?:rv|time|continue|rand|text)>/g;

/** The values that placeholders have come to stand for. */
export class Bindings {
  readonly #values = new Map<string, string>();

  /** The text with its placeholders filled in. */
  fill(text: string): string {
    return text.replaceAll(PLACEHOLDER, (name) => this.#values.get(name) ?? name);
  }

  /** Keeps what requests may refer to later. */
  bind(name: string, value: string): void {
    this.#values.set(name, value);
  }

  /** Whether a text is the recorded one, up to its placeholders; the numbered ones are bound on first sight. */
  matches(want: string, got: string): boolean {
    const names: string[] = [];
    let at = 0;
    let pattern = '';
    for (const match of want.matchAll(PLACEHOLDER)) {
      pattern += escapePattern(want.slice(at, match.index));
      at = match.index + match[0].length;
      const known = match[2] === undefined ? undefined : this.#values.get(match[0]);
      if (known !== undefined) pattern += escapePattern(known);
      else if (match[2] === undefined) pattern += '[^]*';
      else {
        names.push(match[0]);
        pattern += '([^"]+?)';
      }
    }
    const found = new RegExp(`^${pattern}${escapePattern(want.slice(at))}$`).exec(got);
    if (found === null) return false;
    for (const [i, name] of names.entries()) this.bind(name, found[i + 1] ?? '');
    return true;
  }
}

const escapePattern = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Where an answer differs from the recorded one; undefined where it does not. */
export function findDifference(
  want: unknown,
  got: unknown,
  bindings: Bindings,
  path = '',
): string | undefined {
  const tell = () => `${path || '.'}: ${JSON.stringify(got)} instead of ${JSON.stringify(want)}`;
  if (typeof want === 'string') {
    return typeof got === 'string' && bindings.matches(want, got) ? undefined : tell();
  }
  if (Array.isArray(want)) {
    if (!Array.isArray(got) || got.length !== want.length) return tell();
    const sort = UNORDERED.find(([name]) => path.endsWith(name))?.[1] ?? ((items) => items);
    const [a, b] = [sort(want), sort(got)];
    return firstOf(a.keys(), (i) => findDifference(a[i], b[i], bindings, `${path}[${i}]`));
  }
  if (typeof want === 'object' && want !== null) {
    if (typeof got !== 'object' || got === null || Array.isArray(got)) return tell();
    const [a, b] = [want as Record<string, unknown>, got as Record<string, unknown>];
    return firstOf(new Set([...Object.keys(a), ...Object.keys(b)]), (key) =>
      findDifference(a[key], b[key], bindings, `${path}.${key}`),
    );
  }
  return want === got ? undefined : tell();
}

function firstOf<T>(items: Iterable<T>, find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

const sortBy =
  (...fields: readonly string[]) =>
  (items: readonly unknown[]): readonly unknown[] => {
    const key = (item: unknown): string =>
      fields.map((field) => (item as Record<string, string | undefined>)[field] ?? '').join('\n');
    return [...items].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  };

/**
 * Lists whose order is not compared. Managers stand in the order of their times, which have seconds:
 * whether a recording's requests fell into one second says nothing of ours.
 */
const UNORDERED: readonly (readonly [string, (items: readonly unknown[]) => readonly unknown[]])[] =
  [
    ['.causes', sortBy('message', 'field')],
    ['.managedFields', sortBy('operation', 'manager', 'subresource', 'apiVersion')],
  ];

/** Sends one request of a conversation. */
export function send(
  cluster: string,
  { method, path, contentType, accept, body }: RequestStep,
  bindings: Bindings,
): Promise<Response> {
  const text =
    body === undefined || body === null
      ? undefined
      : typeof body === 'string'
        ? body
        : JSON.stringify(body);
  return call(cluster, method, bindings.fill(path), {
    ...(text === undefined ? {} : { body: bindings.fill(text) }),
    headers: {
      'User-Agent': 'test-client/1.0',
      ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
      ...(accept === undefined ? {} : { Accept: accept }),
    },
  });
}

/** Where the answer to a step differs from the recorded one. */
export async function compareAnswer(
  response: Response,
  want: AnswerStep,
  bindings: Bindings,
): Promise<string | undefined> {
  const text = await response.text();
  const got = parse(text);
  const { continue: token } = (got as { metadata?: { continue?: string } }).metadata ?? {};
  if (token !== undefined) bindings.bind('<continue>', token);
  if (response.status !== want.status)
    return `status ${response.status} instead of ${want.status}: ${text.slice(0, 400)}`;
  const warnings = response.headers.get('Warning');
  const wanted = want.warnings?.join(', ') ?? null;
  if (warnings !== wanted) return `warnings ${warnings} instead of ${wanted}`;
  return findDifference(want.body ?? null, got, bindings);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not every answer is JSON; the text is then compared as it is.
    return text;
  }
}
