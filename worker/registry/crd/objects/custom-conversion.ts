import { formatAPIVersion, type KubernetesObject } from '../../../../apimachinery/meta.ts';
import { currentInquiries } from '../../admission/asking.ts';
import type { Conversion } from '../../kind-table.ts';
import type { CustomResourceDefinition, DefinitionVersion } from '../types.ts';
import type { CompiledVersion } from './compiled-version.ts';
import { convertByWebhook } from './conversion-webhook.ts';
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
  const toTarget = (objects: readonly KubernetesObject[]) =>
    target === storage
      ? readStored(objects)
      : convert(crd, readStored(objects), target, targetVersion);
  return {
    fromStored: (object) => only(toTarget([object])),
    toStored(object) {
      if (target === storage) return object;
      const sent = structuredCopy(object) as KubernetesObject;
      pruneNulls(sent, targetVersion.schema);
      applyDefaults(sent, targetVersion.schema);
      return only(convert(crd, [sent], storage, storedVersion));
    },
    ...(usesWebhook(crd) ? { fromStoredAll: toTarget } : {}),
  };
}

const usesWebhook = ({ spec }: CustomResourceDefinition): boolean =>
  spec.conversion?.strategy === 'Webhook';

function only(objects: readonly KubernetesObject[]): KubernetesObject {
  const [object] = objects;
  if (object === undefined) throw new Error('an object was lost in conversion');
  return object;
}

/** How stored objects are read. Definitions that never changed have nothing to add to them. */
function newStoredReader(
  crd: CustomResourceDefinition,
  storage: DefinitionVersion,
  version: CompiledVersion,
): (objects: readonly KubernetesObject[]) => KubernetesObject[] {
  if ((crd.metadata.generation ?? 0) <= 1) return (objects) => [...objects];
  return (objects) => {
    const copies = convert(crd, objects, storage, version);
    for (const copy of copies) applyDefaults(copy, version.schema);
    return copies;
  };
}

/**
 * The same for one object.
 * @throws StatusError and InquiryPending where a webhook has to be asked.
 */
export function newObjectReader(
  crd: CustomResourceDefinition,
  storage: DefinitionVersion,
  version: CompiledVersion,
): (object: KubernetesObject) => KubernetesObject {
  const read = newStoredReader(crd, storage, version);
  return (object) => only(read([object]));
}

/** Copies in another version, pruned. */
function convert(
  crd: CustomResourceDefinition,
  objects: readonly KubernetesObject[],
  target: DefinitionVersion,
  version: CompiledVersion,
): KubernetesObject[] {
  const apiVersion = formatAPIVersion(crd.spec.group, target.name);
  const converted = usesWebhook(crd)
    ? convertByWebhook(crd, objects, apiVersion, currentInquiries())
    : objects;
  return converted.map((object) => {
    const copy = { ...(structuredCopy(object) as KubernetesObject), apiVersion };
    shapeCustom(copy, version.schema, 'drop malformed');
    return copy;
  });
}

function structuredCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(structuredCopy);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, structuredCopy(v)]));
}
