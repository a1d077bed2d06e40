import {
  type FieldError,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from '../../../../apimachinery/field-error.ts';

/** How a problem is told to clients (kube-openapi's error codes, as far as they make a difference). */
type Told =
  | { readonly as: 'required' }
  | { readonly as: 'enum'; readonly value: unknown; readonly valid: readonly unknown[] }
  | { readonly as: 'tooLong'; readonly max: number }
  | { readonly as: 'tooMany'; readonly actual: number; readonly max: number }
  | { readonly as: 'type' | 'value'; readonly value: unknown }
  /** Of no field: it is told of where validation began. */
  | { readonly as: 'unplaced' };

/** One thing that a schema does not allow. */
export interface Problem {
  /** Where it is, from where validation began: `spec.list[0]`, or with a dot in front. */
  readonly name: string;
  /** The text by which repetitions are known; most reach clients. */
  readonly message: string;
  readonly told: Told;
}

/** What validation gave: problems without repetition, and how much was right, which ranks alternatives. */
export class Result {
  readonly problems: Problem[] = [];
  matchCount = 0;
  readonly #messages = new Set<string>();

  get isValid(): boolean {
    return this.problems.length === 0;
  }

  add(problem: Problem | undefined): void {
    if (problem === undefined || this.#messages.has(problem.message)) return;
    this.#messages.add(problem.message);
    this.problems.push(problem);
  }

  merge(other: Result | undefined): void {
    if (other === undefined) return;
    for (const problem of other.problems) this.add(problem);
    this.matchCount += other.matchCount;
  }

  static of(problem: Problem): Result {
    const result = new Result();
    result.add(problem);
    return result;
  }
}

/** What a path of no fields is called in errors (Go's nil path). */
export const NO_PATH = '<nil>';

/** Problems as the causes of a 422; `path` is where validation began, '' for the object itself. */
export function toFieldErrors(problems: readonly Problem[], path: string): FieldError[] {
  return problems.map((problem) => toFieldError(problem, path));
}

function toFieldError({ name, message, told }: Problem, path: string): FieldError {
  const below = name.replace(/^\./, '');
  const field = (below === '' ? path : path === '' ? below : `${path}.${below}`) || NO_PATH;
  switch (told.as) {
    case 'required':
      return required(field);
    case 'enum':
      return notSupported(
        field,
        told.value,
        told.valid.map((v) => (typeof v === 'string' ? v : JSON.stringify(v))),
      );
    case 'tooLong':
      return tooLong(field, told.max);
    case 'tooMany':
      return tooMany(field, told.actual, told.max);
    case 'type':
      return typeInvalid(field, told.value ?? '', message);
    case 'value':
      return invalid(field, told.value ?? '', message);
    case 'unplaced':
      return invalid(path || NO_PATH, '', message);
    default:
      return told satisfies never;
  }
}
