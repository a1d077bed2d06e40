import { quoteText } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain, validateQualifiedName } from '../../../../apimachinery/names.ts';
import { keepStatus } from '../../resources/status-subresource.ts';
import type { Strategy, SubresourceStrategy } from '../../strategy.ts';
import type { DefinitionVersion } from '../types.ts';
import { applyDefaults, pruneNulls } from './defaults.ts';
import type { CompiledVersion } from './compiled-version.ts';
import { fieldText, parseJSONPath } from './json-path.ts';
import { validateCustom, validateCustomStatus, validateCustomUpdate } from './validate-custom.ts';

/** The rules of a custom resource in the version that it is stored in. */
export function newCustomStrategy(version: DefinitionVersion, compiled: CompiledVersion): Strategy {
  const hasStatus = version.subresources?.status !== undefined;
  const selectable = (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath);
  return {
    setDefaults(object) {
      pruneNulls(object, compiled.schema);
      applyDefaults(object, compiled.schema);
    },
    ...(hasStatus
      ? {
          prepareForCreate: dropStatus,
          prepareForUpdate: keepStatus,
        }
      : {}),
    validate: (object) => validateCustom(compiled, object),
    validateUpdate: (object, old) => validateCustomUpdate(compiled, object, old),
    warnings: finalizerWarnings,
    validateName: nameIsDNSSubdomain,
    ...(selectable.length === 0 ? {} : { selectableFields: newSelectableFields(selectable) }),
    // Scaling is an update of the object, by the rules of any update.
    ...(hasStatus ? { subresources: { status: newStatusStrategy(compiled) } } : {}),
    hasGeneration: true,
    generationCountsStatus: !hasStatus,
    allowsBareFinalizers: true,
    allowUnconditionalUpdate: false,
  };
}

function dropStatus(object: KubernetesObject): void {
  delete object.status;
}

/** The status endpoint changes the status, and nothing of the metadata but who wrote it. */
function newStatusStrategy(compiled: CompiledVersion): SubresourceStrategy {
  return {
    resetFields: ['metadata', 'spec'],
    prepareForUpdate(object, old) {
      const { status } = object;
      const { managedFields, resourceVersion } = object.metadata;
      for (const field of Object.keys(object)) delete object[field];
      Object.assign(object, old, {
        metadata: {
          ...old.metadata,
          ...(resourceVersion === undefined ? {} : { resourceVersion }),
          ...(managedFields === undefined ? {} : { managedFields }),
        },
      });
      if (managedFields === undefined) delete object.metadata.managedFields;
      if (status === undefined) delete object.status;
      else object.status = status;
    },
    validateUpdate: (object, old) => validateCustomStatus(compiled, object, old),
  };
}

const STANDARD_FINALIZERS = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

/** Complains about new finalizers that are no qualified names, or have no domain. */
function finalizerWarnings(object: KubernetesObject, old: KubernetesObject | null): string[] {
  const before = new Set(old?.metadata.finalizers);
  const added = [...new Set(object.metadata.finalizers)].filter((name) => !before.has(name));
  return added.sort().flatMap((name) => {
    const about = `metadata.finalizers: ${quoteText(name)}`;
    const warnings = validateQualifiedName(name).map((message) => `${about}: ${message}`);
    if (!name.includes('/') && !STANDARD_FINALIZERS.has(name)) {
      warnings.push(
        `${about}: prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers`,
      );
    }
    return warnings;
  });
}

function newSelectableFields(
  paths: readonly string[],
): (object: KubernetesObject) => Record<string, string> {
  const fields = paths.map((path) => [path.replace(/^\./, ''), parseJSONPath(path)] as const);
  return (object) =>
    Object.fromEntries(fields.map(([name, path]) => [name, fieldText(path, object)]));
}
