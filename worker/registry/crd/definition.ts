import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { groupResource } from '../../../apimachinery/object-key.ts';
import type { DefinitionRef, ResourceInfo } from '../kind-table.ts';
import { toPlain } from '../schema/json-node.ts';
import { STATUS_VERBS, VERBS } from '../served.ts';
import { keepStatus, STATUS_SUBRESOURCE } from '../resources/status-subresource.ts';
import type { CustomResourceDefinition, DefinitionVersion } from './types.ts';

/** A CustomResourceDefinition, ready to be used: what it makes the API serve. */
export interface Definition extends DefinitionRef {
  /** Of the object that it was compiled from. */
  readonly resourceVersion: string;
  /** `<plural>.<group>`: the name of the definition, and of what is stored by it. */
  readonly name: string;
  /** In the version that is stored. */
  readonly stored: ResourceInfo;
  /** In every version that is served; none before its names are accepted and it is established. */
  readonly served: readonly ResourceInfo[];
  /** Whether it is being deleted: nothing more can be created. */
  readonly terminating: boolean;
}

/** Compiles a definition as it is stored, with its status. Pure. */
export function compileDefinition(object: KubernetesObject): Definition {
  const crd = object as unknown as CustomResourceDefinition; // Validated when it was written.
  const { metadata, spec, status } = crd;
  const ref = { uid: metadata.uid ?? '', generation: metadata.generation ?? 0 };
  const infos = spec.versions.map((version) => ({
    version,
    info: resourceInfo(crd, version, ref),
  }));
  const stored = infos.find(({ version }) => version.storage)?.info;
  if (stored === undefined) throw new Error(`definition ${metadata.name} stores no version`);
  const established = status?.conditions?.some(
    ({ type, status: value }) => type === 'Established' && value === 'True',
  );
  return {
    ...ref,
    resourceVersion: metadata.resourceVersion ?? '',
    name: metadata.name ?? '',
    stored,
    served: established
      ? infos.filter(({ version }) => version.served).map(({ info }) => info)
      : [],
    terminating: metadata.deletionTimestamp !== undefined,
  };
}

function resourceInfo(
  { spec, status }: CustomResourceDefinition,
  version: DefinitionVersion,
  ref: DefinitionRef,
): ResourceInfo {
  const names = { ...spec.names, ...status?.acceptedNames };
  const hasStatus = version.subresources?.status !== undefined;
  return {
    group: spec.group,
    version: version.name,
    kind: names.kind,
    resource: names.plural,
    storage: groupResource(spec.group, spec.names.plural),
    singular: names.singular ?? names.kind.toLowerCase(),
    namespaced: spec.scope === 'Namespaced',
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs: VERBS,
    subresources: hasStatus
      ? [
          {
            name: 'status',
            group: spec.group,
            version: version.name,
            kind: names.kind,
            verbs: STATUS_VERBS,
          },
        ]
      : [],
    schema: '',
    strategy: {
      ...(hasStatus
        ? { prepareForUpdate: keepStatus, subresources: { status: STATUS_SUBRESOURCE } }
        : {}),
      hasGeneration: true,
      allowsBareFinalizers: true,
    },
    custom: {
      definition: ref,
      ...(version.schema?.openAPIV3Schema === undefined
        ? {}
        : { schema: version.schema.openAPIV3Schema }),
      decode: (root) => ({ object: toPlain(root) as KubernetesObject, strictErrors: [] }),
    },
  };
}

/** Whether a definition is the one that somebody read, or a later state of it. */
export function knowsDefinition(known: Definition | undefined, wanted: DefinitionRef): boolean {
  return known?.uid === wanted.uid && known.generation >= wanted.generation;
}
