import { formatAPIVersion, type KubernetesObject } from '../../../apimachinery/meta.ts';
import { groupResource, type GroupResource } from '../../../apimachinery/object-key.ts';
import { compileDefinition, type Definition } from '../../registry/crd/definition.ts';
import { STORED_RESOURCES } from '../../registry/hidden-resources.ts';
import type { ResourceCatalog, ResourceInfo } from '../../registry/kind-table.ts';
import { findResource } from '../../registry/resource-table.ts';

export interface StoreCatalogDeps {
  /** The store's CustomResourceDefinition, or its copy of the cluster's, by name. */
  readonly readDefinition: (name: string) => KubernetesObject | null;
  readonly listDefinitions: () => readonly KubernetesObject[];
}

/**
 * What a store can hold. Definitions are compiled when they are first needed and kept for as long
 * as they do not change.
 */
export class StoreCatalog implements ResourceCatalog {
  readonly #deps: StoreCatalogDeps;
  readonly #compiled = new Map<string, { from: KubernetesObject; definition: Definition }>();

  constructor(deps: StoreCatalogDeps) {
    this.#deps = deps;
  }

  get(resource: GroupResource): ResourceInfo | undefined {
    return STORED_RESOURCES.get(resource) ?? this.definition(resource)?.stored;
  }

  view(resource: GroupResource, apiVersion: string): ResourceInfo | undefined {
    const builtIn = STORED_RESOURCES.get(resource);
    if (builtIn !== undefined) return builtInView(builtIn, apiVersion);
    const definition = this.definition(resource);
    return definition?.served.find((info) => apiVersionOf(info) === apiVersion);
  }

  isTerminating(resource: GroupResource): boolean {
    return !STORED_RESOURCES.has(resource) && this.definition(resource)?.terminating === true;
  }

  ofKind(group: string, kind: string): ResourceInfo | undefined {
    for (const info of STORED_RESOURCES.values()) {
      if (info.group === group && info.kind === kind) return info;
    }
    for (const { metadata, spec } of this.#deps.listDefinitions()) {
      const defined = spec as { group: string; names: { kind: string } }; // Validated when written.
      if (defined.group === group && defined.names.kind === kind) {
        return this.get(metadata.name ?? '');
      }
    }
    return undefined;
  }

  /** The definition of a custom resource, by its name `<plural>.<group>`. */
  definition(name: string): Definition | undefined {
    // No custom resource is without a group, and no built-in one is asked for here.
    if (!name.includes('.')) return undefined;
    const object = this.#deps.readDefinition(name);
    if (object === null) {
      this.#compiled.delete(name);
      return undefined;
    }
    const known = this.#compiled.get(name);
    if (known !== undefined && isSame(known.from, object)) return known.definition;
    const definition = compileDefinition(object);
    this.#compiled.set(name, { from: object, definition });
    return definition;
  }
}

/** Objects are parsed anew when they fall out of the cache; their revision tells that they are the same. */
function isSame(a: KubernetesObject, b: KubernetesObject): boolean {
  return a === b || a.metadata.resourceVersion === b.metadata.resourceVersion;
}

const apiVersionOf = (info: ResourceInfo): string => formatAPIVersion(info.group, info.version);

/** A view has the plural name of what it shows, in another group or version. */
function builtInView(stored: ResourceInfo, apiVersion: string): ResourceInfo | undefined {
  if (apiVersionOf(stored) === apiVersion) return stored;
  const slash = apiVersion.lastIndexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const view = findResource(group, apiVersion.slice(slash + 1), stored.resource);
  return view?.storage === groupResource(stored.group, stored.resource) ? view : undefined;
}
