/** What a proxy's path names: `name`, `name:port` or `scheme:name:port`. */
export interface SchemeNamePort {
  readonly scheme: 'http' | 'https';
  readonly name: string;
  /** As it was given, '' for none. */
  readonly port: string;
}

/** Null for what is none of the forms (apimachinery util/net SplitSchemeNamePort). */
export function parseSchemeNamePort(text: string): SchemeNamePort | null {
  const parts = text.split(':');
  const [scheme, name = '', port = ''] = parts.length === 3 ? parts : ['', ...parts];
  if (parts.length > 3 || name === '') return null;
  if (scheme !== '' && scheme !== 'http' && scheme !== 'https') return null;
  return { scheme: scheme === 'https' ? 'https' : 'http', name, port };
}
