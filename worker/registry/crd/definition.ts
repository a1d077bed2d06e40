import { formatAPIVersion, type KubernetesObject } from '../../../apimachinery/meta.ts';
import { groupResource } from '../../../apimachinery/object-key.ts';
import { compareVersions } from '../../../apimachinery/version-order.ts';
import type { StructuralSchema } from '../apply/structural-merge-type.ts';
import type { CustomType, DefinitionRef, ResourceInfo, SubresourceInfo } from '../kind-table.ts';
import { STATUS_VERBS } from '../served.ts';
import { CompiledVersion } from './objects/compiled-version.ts';
import { newConversion, newObjectReader } from './objects/custom-conversion.ts';
import { newCustomPrinter } from './objects/custom-printer.ts';
import { newCustomStrategy } from './objects/custom-strategy.ts';
import { decodeCustom } from './objects/decode-custom.ts';
import { newScaleMapping } from './objects/scale-mapping.ts';
import {
  type CustomResourceDefinition,
  type DefinitionVersion,
  storedDefinition,
} from './types.ts';

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

/**
 * Compiles a definition as it is stored, with its status. Pure. Schemas are not looked into before
 * something needs them; what is made of them is kept with the result.
 */
export function compileDefinition(object: KubernetesObject): Definition {
  const crd = storedDefinition(object);
  const { metadata, spec, status } = crd;
  const ref = { uid: metadata.uid ?? '', generation: metadata.generation ?? 0 };
  const storage = spec.versions.find((version) => version.storage);
  if (storage === undefined) throw new Error(`definition ${metadata.name} stores no version`);
  const compiled = new Map(spec.versions.map((v) => [v, new CompiledVersion(v)]));
  const storedVersion = compiled.get(storage) ?? new CompiledVersion(storage);
  const source: Source = { crd, ref, storage, storedVersion };
  const established = status?.conditions?.some(
    ({ type, status: value }) => type === 'Established' && value === 'True',
  );
  const served = established ? spec.versions.filter((version) => version.served) : [];
  return {
    ...ref,
    resourceVersion: metadata.resourceVersion ?? '',
    name: metadata.name ?? '',
    stored: resourceInfo(source, storage, storedVersion),
    served: served.map((version) => servedInfo(source, version, compiled.get(version))),
    terminating: metadata.deletionTimestamp !== undefined,
  };
}

interface Source {
  readonly crd: CustomResourceDefinition;
  readonly ref: DefinitionRef;
  readonly storage: DefinitionVersion;
  readonly storedVersion: CompiledVersion;
}

/** A version as it is served: what is stored is converted to it where they can differ. */
function servedInfo(
  source: Source,
  version: DefinitionVersion,
  compiled: CompiledVersion | undefined,
): ResourceInfo {
  const own = compiled ?? new CompiledVersion(version);
  const { crd, storage, ref } = source;
  const info = resourceInfo(source, version, own);
  // Of a definition that never changed, objects are stored as the stored version shows them.
  if (version === storage && ref.generation <= 1) return info;
  return {
    ...info,
    conversion: newConversion({
      crd,
      target: version,
      targetVersion: own,
      storage,
      storedVersion: source.storedVersion,
    }),
  };
}

function resourceInfo(
  { crd, ref, storage, storedVersion }: Source,
  version: DefinitionVersion,
  compiled: CompiledVersion,
): ResourceInfo {
  const { spec, status } = crd;
  const names = { ...spec.names, ...status?.acceptedNames };
  const { schema, scale } = compiled;
  const custom: CustomType = {
    definition: ref,
    // Lists of schemas, which are all that merging does not know, are refused in definitions.
    ...(schema === undefined
      ? {}
      : { schema: schema as StructuralSchema, definitionSchema: schema }),
    decode: (root) => decodeCustom(root, schema),
    readStored: newObjectReader(crd, storage, storedVersion),
  };
  return {
    group: spec.group,
    version: version.name,
    kind: names.kind,
    ...(names.listKind === undefined ? {} : { listKind: names.listKind }),
    resource: names.plural,
    storage: groupResource(spec.group, spec.names.plural),
    singular: names.singular ?? names.kind.toLowerCase(),
    namespaced: spec.scope === 'Namespaced',
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs: CUSTOM_VERBS,
    subresources: subresourcesOf(crd, version),
    schema: '',
    strategy: newCustomStrategy(version, compiled),
    printer: newCustomPrinter(version.additionalPrinterColumns),
    ...(scale === undefined ? {} : { scale: newScaleMapping(scale) }),
    custom,
    ...(version.deprecated === true
      ? { deprecation: version.deprecationWarning ?? deprecationOf(crd, version) }
      : {}),
  };
}

/** In the order that discovery has them. */
const CUSTOM_VERBS: readonly string[] = [
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'create',
  'update',
  'watch',
];

/** How users of a deprecated version are warned: by the version that they should use, if there is one. */
function deprecationOf({ spec }: CustomResourceDefinition, { name }: DefinitionVersion): string {
  const typeOf = (version: string) => `${formatAPIVersion(spec.group, version)} ${spec.names.kind}`;
  const [better] = spec.versions
    .filter((v) => v.served && v.deprecated !== true && compareVersions(v.name, name) < 0)
    .map((v) => v.name)
    .sort(compareVersions);
  return `${typeOf(name)} is deprecated${better === undefined ? '' : `; use ${typeOf(better)}`}`;
}

function subresourcesOf(
  { spec }: CustomResourceDefinition,
  { name, subresources = {} }: DefinitionVersion,
): SubresourceInfo[] {
  const { group, names } = spec;
  return [
    ...(subresources.status === undefined
      ? []
      : [{ name: 'status', group, version: name, kind: names.kind, verbs: STATUS_VERBS }]),
    ...(subresources.scale === undefined
      ? []
      : [
          {
            name: 'scale',
            group: 'autoscaling',
            version: 'v1',
            kind: 'Scale',
            verbs: STATUS_VERBS,
          },
        ]),
  ];
}

/** Whether a definition is the one that somebody read, or a later state of it. */
export function knowsDefinition(known: Definition | undefined, wanted: DefinitionRef): boolean {
  return known?.uid === wanted.uid && known.generation >= wanted.generation;
}
