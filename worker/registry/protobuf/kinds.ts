import { COMPILED } from '../schema/schema.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
const EXTENSIONS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.';

const META_KINDS = new Set([
  'DeleteOptions',
  'Status',
  'PartialObjectMetadata',
  'PartialObjectMetadataList',
]);

/** Whether a kind is registered in every group: its apiVersion says nothing about it. */
export const isInEveryGroup = (kind: string): boolean => META_KINDS.has(kind);

/** The schema types of kinds, by `apiVersion kind`. Made on first use. */
let kinds: ReadonlyMap<string, string> | undefined;

/** The schema type of a kind, or undefined when there is none. */
export function findKind(apiVersion: string, kind: string): string | undefined {
  kinds ??= indexKinds();
  return (
    kinds.get(`${apiVersion} ${kind}`) ?? (isInEveryGroup(kind) ? `${META}${kind}` : undefined)
  );
}

function indexKinds(): Map<string, string> {
  const index = new Map<string, string>();
  for (const [name, { g }] of Object.entries(COMPILED.types)) {
    if (g === undefined) continue;
    const [group, version, kind] = g;
    index.set(`${group === '' ? version : `${group}/${version}`} ${kind}`, name);
  }
  // The one group whose types the schema's source does not call kinds.
  for (const kind of ['CustomResourceDefinition', 'CustomResourceDefinitionList']) {
    index.set(`apiextensions.k8s.io/v1 ${kind}`, `${EXTENSIONS}${kind}`);
  }
  return index;
}
