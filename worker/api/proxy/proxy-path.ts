/**
 * Takes apart the path of a request to a proxy, as the client sent it: what is escaped stays so.
 *
 * @param pathname of the URL. @param rest what follows the subresource, in the decoded path.
 */
export function splitProxyPath(
  pathname: string,
  rest: string,
): {
  /** Without a slash at the end. */
  readonly prefix: string;
  /** What the target gets: '' or a path that begins with a slash. */
  readonly path: string;
} {
  const restCount = rest === '' ? 0 : rest.split('/').length;
  const decodedCount = decodeURIComponent(pathname).split('/').filter(isNotEmpty).length;
  const prefix: string[] = [];
  let count = decodedCount - restCount;
  let at = 0;
  while (count > 0 && at < pathname.length) {
    const end = pathname.indexOf('/', at + 1);
    const segment = pathname.slice(at, end < 0 ? pathname.length : end);
    at += segment.length;
    prefix.push(segment);
    count -= decodeURIComponent(segment).split('/').filter(isNotEmpty).length;
  }
  return { prefix: prefix.join(''), path: pathname.slice(at) };
}

const isNotEmpty = (part: string): boolean => part !== '';
