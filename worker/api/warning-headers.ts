/** Characters that a Warning header carries at most, all together: clients bound their headers. */
const MAX_WARNINGS = 4_096;

/** RFC 7234 warnings with code 299, which kubectl prints. */
export function warningHeaders(warnings: readonly string[]): Headers {
  const headers = new Headers();
  let left = MAX_WARNINGS;
  for (const warning of new Set(warnings)) {
    left -= warning.length;
    if (left < 0) break;
    const text = warning.replaceAll(/[\r\n]+/g, ' ').replaceAll(/(["\\])/g, '\\$1');
    headers.append('Warning', `299 - "${text}"`);
  }
  return headers;
}
