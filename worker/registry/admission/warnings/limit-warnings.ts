/** Characters of all warnings together, beyond which every one of them is cut short. */
const MAX_TOTAL = 4 * 1024;
/** Characters that are left of each then. */
const MAX_EACH = 256;

/**
 * The warnings that a response carries (apiserver endpoints/filters/warning.go): each once, none
 * with control characters, and shortened where all of them are too long. Characters are code points.
 */
export function limitWarnings(texts: readonly string[]): string[] {
  const recorder = new WarningRecorder();
  for (const text of new Set(texts)) recorder.add(text);
  return recorder.written;
}

class WarningRecorder {
  readonly #recorded: string[] = [];
  written: string[] = [];
  #length = 0;
  #isTruncating = false;

  add(text: string): void {
    if (text === '' || (this.#isTruncating && this.#length >= MAX_TOTAL)) return;
    this.#recorded.push(text);
    if (this.#isTruncating || this.#length + lengthOf(text) <= MAX_TOTAL) {
      this.#write(text);
      return;
    }
    this.#isTruncating = true;
    this.#length = 0;
    this.written = [];
    for (const earlier of this.#recorded) this.#write(earlier);
  }

  #write(text: string): void {
    if (!isHeaderText(text)) return;
    const shown = this.#isTruncating ? Array.from(text).slice(0, MAX_EACH).join('') : text;
    this.#length += lengthOf(shown);
    this.written.push(shown);
  }
}

const lengthOf = (text: string): number => Array.from(text).length;

const isHeaderText = (text: string): boolean => text.isWellFormed() && !/\p{Cc}/u.test(text);
