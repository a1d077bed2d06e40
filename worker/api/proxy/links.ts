/** Where a proxied request came in and where it went, which links of the answer have to be told by. */
export interface ProxiedPlace {
  /** Path of the proxy, without a slash at the end: `/api/v1/namespaces/…/pods/web/proxy`. */
  readonly prefix: string;
  /** `host` or `host:port` of the target. */
  readonly targetHost: string;
}

const ABSOLUTE = /^(?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#]*)(.*)$/is;

/**
 * A link in an answer as the client can follow it: what leads to the target leads through the proxy.
 * Relative links, and those to other hosts, are as they were (apimachinery util/proxy Transport).
 */
export function rewriteLink(link: string, { prefix, targetHost }: ProxiedPlace): string {
  const absolute = ABSOLUTE.exec(link.trim());
  if (absolute !== null && absolute[1] !== '' && absolute[1] !== targetHost) return link;
  const path = absolute === null ? link.trim() : (absolute[2] ?? '');
  if (!path.startsWith('/')) return link;
  return path.startsWith(prefix) ? path : `${prefix}${path}`;
}

/** Attributes of elements that hold a link (HTML 4.01 and what browsers have added). */
const LINKS: Readonly<Record<string, readonly string[]>> = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['formaction', 'src', 'usemap'],
  ins: ['cite'],
  link: ['href'],
  object: ['classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
};

/** The same page with its links rewritten, as it comes. */
export function rewritePage(page: Response, place: ProxiedPlace): Response {
  const rewriter = new HTMLRewriter();
  for (const [tag, attributes] of Object.entries(LINKS)) {
    rewriter.on(tag, {
      element(element) {
        for (const attribute of attributes) {
          const link = element.getAttribute(attribute);
          if (link === null) continue;
          const rewritten = rewriteLink(link, place);
          if (rewritten !== link) element.setAttribute(attribute, rewritten);
        }
      },
    });
  }
  return rewriter.transform(page);
}
