import { BOOL, listOf, mapOf, STRING, structType, type CelType } from '../types/cel-type.ts';
import { ErrorValue, isError, NO_SUCH_OVERLOAD } from '../values/error-value.ts';
import { ArrayList } from '../values/list-value.ts';
import { EntryMap } from '../values/map-value.ts';
import { CelObject, type Value } from '../values/value.ts';
import { asString, instanceOf } from './arguments.ts';
import {
  declare,
  globalOverload,
  memberOverload,
  type FunctionDeclaration,
} from './declaration.ts';
import {
  escapedPath,
  formatURL,
  hostnameOf,
  parseRequestURI,
  portOf,
  queryOf,
  URLError,
  type ParsedURL,
} from './go-url.ts';

export const URL_TYPE = structType('kubernetes.URL');

export class URLValue extends CelObject {
  readonly type: CelType = URL_TYPE;
  readonly url: ParsedURL;

  constructor(url: ParsedURL) {
    super();
    this.url = url;
  }

  override equals(other: Value): Value {
    if (!(other instanceof URLValue)) return NO_SUCH_OVERLOAD;
    return formatURL(this.url) === formatURL(other.url);
  }

  override toString(): string {
    return formatURL(this.url);
  }
}

function toURL(text: string): URLValue | ErrorValue {
  try {
    return new URLValue(parseRequestURI(text));
  } catch (error) {
    if (!(error instanceof URLError)) throw error;
    return new ErrorValue(`URL parse error during conversion from string: ${error.message}`);
  }
}

const accessor = (name: string, id: string, get: (url: ParsedURL) => string): FunctionDeclaration =>
  declare(
    name,
    memberOverload(id, [URL_TYPE], STRING, ([url]) => get(instanceOf(URLValue, url).url)),
  );

/** URLs (apiserver pkg/cel/library/urls.go). */
export const URLS: readonly FunctionDeclaration[] = [
  declare(
    'url',
    globalOverload('string_to_url', [STRING], URL_TYPE, ([text]) => toURL(asString(text))),
  ),
  accessor('getScheme', 'url_get_scheme', ({ scheme }) => scheme),
  accessor('getHost', 'url_get_host', ({ host }) => host),
  accessor('getHostname', 'url_get_hostname', hostnameOf),
  accessor('getPort', 'url_get_port', portOf),
  accessor('getEscapedPath', 'url_get_escaped_path', escapedPath),
  declare(
    'getQuery',
    memberOverload('url_get_query', [URL_TYPE], mapOf(STRING, listOf(STRING)), ([url]) => {
      const query = queryOf(instanceOf(URLValue, url).url);
      return new EntryMap(
        Array.from(query, ([key, values]) => [key, new ArrayList(values)] as const),
      );
    }),
  ),
  declare(
    'isURL',
    globalOverload('is_url_string', [STRING], BOOL, ([text]) => !isError(toURL(asString(text)))),
  ),
];
