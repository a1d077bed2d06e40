/** Field selectors (`spec.nodeName=a,status.phase!=Running`) with backslash escapes in values. */

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

const PREFIX = 'invalid field selector';
const OPERATORS = ['!=', '==', '='] as const;

/** Escapes `\`, `,` and `=` so that a value can stand in a selector. */
export function escapeFieldValue(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&');
}

/** The inverse of {@link escapeFieldValue}. Throws an Error for stray or unknown escapes. */
export function unescapeFieldValue(text: string): string {
  let value = '';
  const characters = Array.from(text);
  for (let i = 0; i < characters.length; i++) {
    const c = characters[i] ?? '';
    if (c === ',' || c === '=') {
      throw new Error(`${PREFIX}: unescaped character in value: ${c.codePointAt(0)}`);
    }
    if (c !== '\\') {
      value += c;
      continue;
    }
    const escaped = characters[++i] ?? '';
    if (!['\\', ',', '='].includes(escaped)) {
      throw new Error(`${PREFIX}: invalid escape sequence: \\${escaped}`);
    }
    value += escaped;
  }
  return value;
}

/** Splits at commas that are not escaped. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',') {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function parseTerm(term: string): FieldRequirement | undefined {
  for (let i = 0; i < term.length; i++) {
    if (term[i] === '\\') {
      i++;
      continue;
    }
    const operator = OPERATORS.find((o) => term.startsWith(o, i));
    if (operator !== undefined) {
      const value = unescapeFieldValue(term.slice(i + operator.length));
      return { field: term.slice(0, i), operator: operator === '!=' ? '!=' : '=', value };
    }
  }
  return undefined;
}

/** Go sorts strings by bytes, which is the order of code points. */
function compareCodePoints(a: string, b: string): number {
  const [x, y] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const difference = (x[i]?.codePointAt(0) ?? 0) - (y[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}

/** Parses the `fieldSelector` query parameter. Throws an Error with upstream's text. */
export function parseFieldSelector(text: string): FieldSelector {
  const terms = splitTerms(text).filter((t) => t !== '');
  return new FieldSelector(
    terms.sort(compareCodePoints).map((term) => {
      const requirement = parseTerm(term);
      if (requirement === undefined) {
        throw new Error(`invalid selector: '${text}'; can't understand '${term}'`);
      }
      return requirement;
    }),
  );
}

/** A conjunction of requirements; a field that an object lacks counts as empty. */
export class FieldSelector {
  readonly requirements: readonly FieldRequirement[];

  constructor(requirements: readonly FieldRequirement[]) {
    this.requirements = requirements;
  }

  get isEmpty(): boolean {
    return this.requirements.length === 0;
  }

  matches(fields: Readonly<Record<string, string>>): boolean {
    return this.requirements.every(({ field, operator, value }) => {
      const actual = Object.hasOwn(fields, field) ? fields[field] : '';
      return (actual === value) === (operator === '=');
    });
  }

  /** The value that a requirement pins the field to, if any does (`metadata.name` makes a get). */
  exactValue(field: string): string | undefined {
    return this.requirements.find((r) => r.field === field && r.operator === '=')?.value;
  }

  toString(): string {
    return this.requirements
      .map((r) => `${r.field}${r.operator}${escapeFieldValue(r.value)}`)
      .join(',');
  }
}
