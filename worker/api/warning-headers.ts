import { limitWarnings } from '../registry/admission/warnings/limit-warnings.ts';

/** RFC 7234 warnings with code 299, which kubectl prints. */
export function warningHeaders(warnings: readonly string[]): Headers {
  const headers = new Headers();
  for (const warning of limitWarnings(warnings.map(onOneLine))) {
    headers.append('Warning', `299 - "${warning.replaceAll(/(["\\])/g, '\\$1')}"`);
  }
  return headers;
}

const onOneLine = (text: string): string => text.replaceAll(/[\r\n]+/g, ' ');
