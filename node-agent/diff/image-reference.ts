/** The grammar of image references of the distribution project, as far as it tells names apart. */
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const DOMAIN = '(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\\.[a-zA-Z0-9-]+)*(?::[0-9]+)?';
const REFERENCE = new RegExp(
  `^(?:(?:${DOMAIN}|\\[[0-9a-fA-F:]+\\](?::[0-9]+)?)/)?${COMPONENT}(?:/${COMPONENT})*` +
    '(?::[\\w][\\w.-]{0,127})?(?:@[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,})?$',
);

export function isValidImageReference(image: string): boolean {
  return REFERENCE.test(image);
}

/** The tag that an image name without tag and digest stands for is `latest`. */
export function withDefaultTag(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  return name.includes(':') || image.includes('@') ? image : `${image}:latest`;
}

const DEFAULT_REGISTRY = 'docker.io';

/** An image by its whole name, registry and tag included: names that mean the same come out the same. */
export function normalImageName(image: string): string {
  const whole = withDefaultTag(image);
  const [first = '', ...rest] = whole.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const registry = hasRegistry && first !== 'index.docker.io' ? first : DEFAULT_REGISTRY;
  const path = hasRegistry ? rest.join('/') : whole;
  if (registry !== DEFAULT_REGISTRY || path.includes('/')) return `${registry}/${path}`;
  return `${registry}/library/${path}`;
}

export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never';

/** The policy of the spec, or the API's default for the image's tag. */
export function pullPolicy(image: string, policy: string | undefined): PullPolicy {
  if (policy === 'Always' || policy === 'IfNotPresent' || policy === 'Never') return policy;
  return withDefaultTag(image).endsWith(':latest') ? 'Always' : 'IfNotPresent';
}
