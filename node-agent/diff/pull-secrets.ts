import type * as core from 'kubernetes-types/core/v1';
import * as z from 'zod';
import type { RegistryCredentials } from '../runtime/container-runtime.ts';

const entrySchema = z.object({
  username: z.string().optional(),
  password: z.string().optional(),
  /** `name:password` in base64; it wins over the two. */
  auth: z.string().optional(),
  identitytoken: z.string().optional(),
  registrytoken: z.string().optional(),
});
const entriesSchema = z.record(z.string(), entrySchema);
const configSchema = z.object({ auths: entriesSchema.default({}) });

type Entry = z.infer<typeof entrySchema>;

/** Images that name no registry come from here; so do those of its other name. */
const DEFAULT_REGISTRY = 'index.docker.io';
const DEFAULT_REGISTRY_NAMES = new Set(['docker.io', DEFAULT_REGISTRY]);

/**
 * What to try for an image, in this order; empty: nothing fits, and it is pulled without. Keys of
 * the secrets are matched by host, where `*` stands for a part of a name, and by the beginning of the
 * path; of two that fit the longer one is tried first (pkg/credentialprovider).
 * @throws Error that names a secret that cannot be read, and says nothing of what is in it
 */
export function credentialsFor(
  image: string,
  secrets: readonly core.Secret[],
): RegistryCredentials[] {
  const entries = secrets
    .flatMap(entriesOf)
    .map(([address, entry]) => ({ address, place: placeOf(address), entry }))
    .sort((a, b) => (a.place === b.place ? 0 : a.place < b.place ? 1 : -1));
  const fitting = entries.filter(({ place }) => fits(place, image));
  const chosen =
    fitting.length > 0 || !isOfDefaultRegistry(image)
      ? fitting
      : entries.filter(({ place }) => place === DEFAULT_REGISTRY);
  return chosen.map(({ address, entry }) => credentialsOf(address, entry));
}

function entriesOf(secret: core.Secret): [string, Entry][] {
  const read = <T>(key: string, schema: z.ZodType<T>): T | undefined => {
    const data = secret.data?.[key];
    if (data === undefined) return undefined;
    try {
      return schema.parse(JSON.parse(Buffer.from(data, 'base64').toString('utf8')));
    } catch {
      // The cause would quote what is in the secret.
      const { namespace = '', name = '' } = secret.metadata ?? {};
      throw new Error(`image pull secret ${namespace}/${name} has no valid ${key}`);
    }
  };
  switch (secret.type) {
    case 'kubernetes.io/dockerconfigjson':
      return Object.entries(read('.dockerconfigjson', configSchema)?.auths ?? {});
    case 'kubernetes.io/dockercfg':
      return Object.entries(read('.dockercfg', entriesSchema) ?? {});
    default:
      return [];
  }
}

/** Host and path of a key, without scheme, and without the API's version, which clients once wrote. */
function placeOf(address: string): string {
  const whole = address.replace(/^https?:\/\//, '');
  const slash = whole.indexOf('/');
  if (slash < 0) return whole;
  const path = whole.slice(slash).replace(/^\/v[12](?=\/)/, '');
  return path === '/' ? whole.slice(0, slash) : whole.slice(0, slash) + path;
}

function fits(place: string, image: string): boolean {
  const [host, path] = split(place);
  const [imageHost, imagePath] = split(image);
  return imagePath.startsWith(path) && hostFits(host, imageHost);
}

/** A port has to be the same; names are compared part by part. */
function hostFits(pattern: string, host: string): boolean {
  const [names = '', port] = pattern.split(':');
  const [hostNames = '', hostPort] = host.split(':');
  const wanted = names.split('.');
  const given = hostNames.split('.');
  return (
    port === hostPort &&
    wanted.length === given.length &&
    wanted.every((part, index) => partFits(part, given[index] ?? ''))
  );
}

function partFits(pattern: string, part: string): boolean {
  if (!pattern.includes('*')) return pattern === part;
  const text = pattern.split('*').map((piece) => piece.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${text.join('.*')}$`).test(part);
}

function split(place: string): [host: string, path: string] {
  const slash = place.indexOf('/');
  return slash < 0 ? [place, ''] : [place.slice(0, slash), place.slice(slash)];
}

function isOfDefaultRegistry(image: string): boolean {
  const [first = '', ...rest] = image.split('/');
  return rest.length === 0 || DEFAULT_REGISTRY_NAMES.has(first) || !/[.:]/.test(first);
}

function credentialsOf(address: string, entry: Entry): RegistryCredentials {
  const decoded = Buffer.from(entry.auth ?? '', 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  const [username, password] =
    colon < 0
      ? [entry.username, entry.password]
      : [decoded.slice(0, colon), decoded.slice(colon + 1).replace(/\0+$/, '')];
  return {
    serverAddress: address,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(entry.identitytoken === undefined ? {} : { identityToken: entry.identitytoken }),
    ...(entry.registrytoken === undefined ? {} : { registryToken: entry.registrytoken }),
  };
}
