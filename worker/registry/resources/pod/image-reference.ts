/** The tag and digest of a container image's name; `latest` where the name has neither. */
export function parseImageReference(image: string): { tag: string; digest: string } {
  const at = image.indexOf('@');
  const digest = at < 0 ? '' : image.slice(at + 1);
  const name = at < 0 ? image : image.slice(0, at);
  // A colon before the last slash belongs to the registry's port.
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  const tag = colon < 0 ? '' : name.slice(colon + 1);
  return { tag: tag === '' && digest === '' ? 'latest' : tag, digest };
}

/** The pull policy of an image that states none: only a fixed tag or digest may be reused. */
export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  return parseImageReference(image).tag === 'latest' ? 'Always' : 'IfNotPresent';
}
