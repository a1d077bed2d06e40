const ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': String.raw`\a`,
  '\b': String.raw`\b`,
  '\f': String.raw`\f`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
  '\v': String.raw`\v`,
  '\\': '\\\\',
  '"': String.raw`\"`,
};

/** A text in double quotes as Go's strconv.Quote writes it, which error messages contain. */
export function goQuote(text: string): string {
  const escaped = text.replaceAll(/[[\p{Cc}&&\p{ASCII}]["\\]]/gv, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(2, '0');
    return ESCAPES[character] ?? String.raw`\x${code}`;
  });
  return `"${escaped}"`;
}
