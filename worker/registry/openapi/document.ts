import { formatAPIVersion } from '../../../apimachinery/meta.ts';
import type { ResourceInfo } from '../kind-table.ts';
import { componentSchemas } from './component-schemas.ts';
import { customSchemas } from './custom-schemas.ts';
import { type DescriptionSource, NO_DESCRIPTIONS } from './descriptions.ts';
import { documentPaths, referredSchemas } from './document-paths.ts';

/** Types that every group's document has: the bodies and answers that all resources share. */
const SHARED = ['DeleteOptions', 'Status', 'APIResourceList', 'WatchEvent'].map(
  (name) => `io.k8s.apimachinery.pkg.apis.meta.v1.${name}`,
);

/** `api/v1`, `apis/apps/v1`: where a group version is served, without the leading slash. */
const rootOf = (info: ResourceInfo): string =>
  `${info.group === '' ? 'api' : 'apis'}/${formatAPIVersion(info.group, info.version)}`;

/** Where the group versions are served that there are documents of, in order. */
export function groupVersionPaths(endpoints: readonly ResourceInfo[]): string[] {
  return [...new Set(endpoints.map(rootOf))].sort();
}

/** `GET /openapi/v3/api/v1` and its like, or undefined when nothing of the version is served. */
export function openAPIV3Document(
  endpoints: readonly ResourceInfo[],
  group: string,
  version: string,
  describe: DescriptionSource = NO_DESCRIPTIONS,
): Record<string, unknown> | undefined {
  const infos = endpoints.filter((i) => i.group === group && i.version === version);
  if (infos.length === 0) return undefined;
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths: Object.assign({}, ...infos.map(documentPaths)) as Record<string, unknown>,
    components: { schemas: schemasOf(infos, describe) },
  };
}

function schemasOf(
  infos: readonly ResourceInfo[],
  describe: DescriptionSource,
): Record<string, Record<string, unknown>> {
  const builtIn = componentSchemas([...infos.flatMap(referredSchemas), ...SHARED], describe);
  const custom = infos.filter((info) => info.custom !== undefined);
  if (custom.length === 0) return builtIn;
  const schemas = custom.map((info) => customSchemas(info, { form: 'v3', describe }));
  return Object.assign(builtIn, ...schemas) as typeof builtIn;
}
