/**
 * An answer that a client may have already: 304 when it says so (RFC 9110, If-None-Match).
 *
 * @param etag without its quotation marks.
 */
export function conditionalResponse(
  request: Request,
  etag: string,
  headers: Headers,
  body: BodyInit,
): Response {
  headers.set('ETag', `"${etag}"`);
  headers.append('Vary', 'Accept');
  const known = (request.headers.get('If-None-Match') ?? '').split(',').map((tag) => tag.trim());
  if (known.includes(`"${etag}"`) || known.includes('*')) {
    return new Response(null, { status: 304, headers });
  }
  return new Response(body, { headers });
}
