/** One complaint about an expression. `line` counts from 1, `column` (in code points) from 0. */
export interface Issue {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** The text of an expression, and how to point into it the way cel-go does. */
export class Source {
  readonly text: string;
  readonly #lineStarts: readonly number[];

  constructor(text: string) {
    this.text = text;
    const starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  /** The issue that `message` makes at a UTF-16 offset. */
  issueAt(offset: number, message: string): Issue {
    let line = 1;
    while ((this.#lineStarts[line] ?? Number.POSITIVE_INFINITY) <= offset) line++;
    const start = this.#lineStarts[line - 1] ?? 0;
    return { line, column: Array.from(this.text.slice(start, offset)).length, message };
  }

  /** Issues in source order, each with the line that it is about and a caret below the place. */
  display(issues: readonly Issue[]): string {
    return issues
      .toSorted((a, b) => a.line - b.line || a.column - b.column)
      .map((issue) => this.#displayOne(issue))
      .join('\n');
  }

  #displayOne({ line, column, message }: Issue): string {
    const head = `ERROR: <input>:${line}:${column + 1}: ${message}`;
    const start = this.#lineStarts[line - 1] ?? 0;
    const end = this.#lineStarts[line];
    const text = this.text.slice(start, end === undefined ? undefined : end - 1);
    if (this.text === '') return head;
    const shown = text.replaceAll('\t', ' ');
    const points = Array.from(shown);
    // Characters that take more than one byte are assumed to be double width, as upstream does.
    const isWide = (point: string | undefined): boolean => (point ?? '') > '\u007f';
    const dots = points.slice(0, column).map((point) => (isWide(point) ? '．' : '.'));
    return `${head}\n | ${shown}\n | ${dots.join('')}${isWide(points[column]) ? '＾' : '^'}`;
  }
}

/** An expression that does not compile. `message` is what cel-go prints: every issue with its source line. */
export class CompileError extends Error {
  readonly issues: readonly Issue[];

  constructor(source: Source, issues: readonly Issue[]) {
    super(source.display(issues));
    this.name = 'CompileError';
    this.issues = issues;
  }
}
