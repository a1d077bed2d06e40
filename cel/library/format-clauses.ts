export type ClauseKind = 's' | 'd' | 'f' | 'e' | 'b' | 'x' | 'o';

/** One `%…` of a format string. */
export interface Clause {
  readonly kind: ClauseKind;
  readonly precision: number | undefined;
  readonly upperCase: boolean;
}

/** A format string that is none, or arguments that do not fit it; the message is cel-go's. */
export class FormatError extends Error {}

/** Digits after the point; more would only fill the memory. */
const MAX_PRECISION = 1000;

const KINDS: ReadonlyMap<string, ClauseKind> = new Map([
  ['s', 's'],
  ['d', 'd'],
  ['f', 'f'],
  ['e', 'e'],
  ['b', 'b'],
  ['x', 'x'],
  ['X', 'x'],
  ['o', 'o'],
]);

const COULD_NOT_PARSE = 'could not parse formatting clause';
const PRECISION_FAILED = `${COULD_NOT_PARSE}: error while parsing precision`;

/**
 * A format string as literal texts and clauses. Throws a FormatError, also where there are more
 * clauses than `argumentCount`; a literal `%%` is a text. An `argumentCount` of undefined counts nothing.
 */
export function parseFormat(text: string, argumentCount?: number): (string | Clause)[] {
  const parts: (string | Clause)[] = [];
  let at = 0;
  let clauses = 0;
  for (;;) {
    const percent = text.indexOf('%', at);
    if (percent < 0) break;
    if (percent > at) parts.push(text.slice(at, percent));
    if (text[percent + 1] === '%') {
      parts.push('%');
      at = percent + 2;
      continue;
    }
    if (argumentCount !== undefined && clauses >= argumentCount) {
      throw new FormatError(`index ${clauses} out of range`);
    }
    if (percent + 1 >= text.length) throw new FormatError('unexpected end of string');
    clauses++;
    const { clause, end } = parseClause(text, percent + 1);
    parts.push(clause);
    at = end;
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}

function parseClause(text: string, start: number): { clause: Clause; end: number } {
  let at = start;
  let precision: number | undefined;
  if (text[at] === '.') {
    const digits = /^\d*/.exec(text.slice(at + 1))?.[0] ?? '';
    at += 1 + digits.length;
    if (at >= text.length) {
      throw new FormatError(`${PRECISION_FAILED}: could not find end of precision specifier`);
    }
    if (digits === '') {
      throw new FormatError(
        `${PRECISION_FAILED}: error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax`,
      );
    }
    precision = Number(digits);
    if (precision > MAX_PRECISION) {
      throw new FormatError(`${PRECISION_FAILED}: precision ${digits} exceeds ${MAX_PRECISION}`);
    }
  }
  const letter = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const kind = KINDS.get(letter);
  if (kind === undefined) {
    throw new FormatError(`${COULD_NOT_PARSE}: unrecognized formatting clause "${letter}"`);
  }
  return { clause: { kind, precision, upperCase: letter === 'X' }, end: at + 1 };
}
