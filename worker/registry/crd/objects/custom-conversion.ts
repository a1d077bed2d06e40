import { formatAPIVersion, type KubernetesObject } from '../../../../apimachinery/meta.ts';
import { newInternalError } from '../../../../apimachinery/status-error.ts';
import type { Conversion } from '../../kind-table.ts';
import type { CustomResourceDefinition, DefinitionVersion } from '../types.ts';
import type { CompiledVersion } from './compiled-version.ts';
import { shapeCustom } from './decode-custom.ts';
import { applyDefaults, pruneNulls } from './defaults.ts';

interface ConversionSource {
  readonly crd: CustomResourceDefinition;
  readonly target: DefinitionVersion;
  readonly targetVersion: CompiledVersion;
  readonly storage: DefinitionVersion;
  readonly storedVersion: CompiledVersion;
}

/**
 * Between what is stored and a version that is served. Without a webhook only apiVersion changes,
 * and what the other version does not know is dropped. Defaults come from the version that was
 * sent, and from the one that is stored; none are added to what is shown in another.
 */
export function newConversion(source: ConversionSource): Conversion {
  const { crd, target, targetVersion, storage, storedVersion } = source;
  const readStored = newStoredReader(crd, storage, storedVersion);
  if (target === storage) return { fromStored: readStored, toStored: (object) => object };
  return {
    fromStored: (object) => convert(crd, readStored(object), target, targetVersion),
    toStored(object) {
      const sent = structuredCopy(object) as KubernetesObject;
      pruneNulls(sent, targetVersion.schema);
      applyDefaults(sent, targetVersion.schema);
      return convert(crd, sent, storage, storedVersion);
    },
  };
}

/** How stored objects are read. Definitions that never changed have nothing to add to them. */
export function newStoredReader(
  crd: CustomResourceDefinition,
  storage: DefinitionVersion,
  version: CompiledVersion,
): (object: KubernetesObject) => KubernetesObject {
  if ((crd.metadata.generation ?? 0) <= 1) return (object) => object;
  return (object) => {
    const copy = convert(crd, object, storage, version);
    applyDefaults(copy, version.schema);
    return copy;
  };
}

/** A copy in another version, pruned. */
function convert(
  crd: CustomResourceDefinition,
  object: KubernetesObject,
  target: DefinitionVersion,
  version: CompiledVersion,
): KubernetesObject {
  const { spec } = crd;
  const apiVersion = formatAPIVersion(spec.group, target.name);
  if (apiVersion !== object.apiVersion && spec.conversion?.strategy === 'Webhook') {
    throw newInternalError(
      `conversion webhook for ${object.apiVersion ?? ''}, Kind=${spec.names.kind} failed: conversion webhooks cannot be called yet`,
    );
  }
  const copy = { ...(structuredCopy(object) as KubernetesObject), apiVersion };
  shapeCustom(copy, version.schema);
  return copy;
}

function structuredCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(structuredCopy);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, structuredCopy(v)]));
}
