/** The whole of a body that may come in pieces. */
export async function textOf(body: string | ReadableStream<Uint8Array>): Promise<string> {
  return typeof body === 'string' ? body : new Response(body).text();
}
