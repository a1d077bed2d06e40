import { formatAPIVersion, type KubernetesObject } from '../../apimachinery/meta.ts';
import { StatusError } from '../../apimachinery/status-error.ts';
import { newFieldManager, type FieldManager } from '../../worker/registry/apply/field-manager.ts';
import { newResourceTypes } from '../../worker/registry/apply/resource-managed-types.ts';
import type { ResourceInfo } from '../../worker/registry/kind-table.ts';
import { applyJSONPatch } from '../../worker/registry/patch/json-patch.ts';
import { applyMergePatch } from '../../worker/registry/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../../worker/registry/patch/strategic-merge-patch.ts';
import { beforeCreate } from '../../worker/registry/rest/create.ts';
import { beforeUpdate } from '../../worker/registry/rest/update.ts';
import { decodeObject, decodeValue } from '../../worker/registry/schema/decode.ts';

const CONTEXT = { now: Date.parse('2026-01-01T00:00:00Z'), userName: 'fuzz' };
const IDENTITIES = {
  uid: () => '00000000-0000-4000-8000-000000000000',
  nameSuffix: () => 'abcde',
};

/** What a step came to: a refusal is as good an end as an object. Anything else is thrown. */
export type Outcome = { readonly object: KubernetesObject } | { readonly refused: StatusError };

export const isStored = (
  outcome: Outcome,
): outcome is Extract<Outcome, { readonly object: KubernetesObject }> => 'object' in outcome;

/** The way of writes through the registry, as the store takes it, for one resource. */
export class Pipeline {
  readonly info: ResourceInfo;
  readonly #fields: FieldManager;

  constructor(info: ResourceInfo) {
    this.info = info;
    this.#fields = newFieldManager(newResourceTypes(info, () => undefined));
  }

  create(text: string): Outcome {
    return this.#judged(() => {
      const { object } = decodeObject(text, 'json', this.#expected, 'Warn');
      const namespace = this.info.namespaced ? 'default' : '';
      if (this.info.namespaced) object.metadata.namespace = namespace;
      beforeCreate(this.info, object, namespace, CONTEXT, IDENTITIES);
      const tracked = this.#fields.update({ ...this.#write('fuzz'), live: null, updated: object });
      return withVersion(tracked, '1');
    });
  }

  patch(live: KubernetesObject, patchType: 'json' | 'merge' | 'strategic', patch: string): Outcome {
    return this.#judged(() => {
      const { object } = decodeValue(
        this.#patched(live, patchType, patch),
        this.#expected,
        'Warn',
        patch,
      );
      return this.#update(live, object);
    });
  }

  apply(
    live: KubernetesObject | null,
    applied: Record<string, unknown>,
    manager = 'applier',
  ): Outcome {
    return this.#judged(() => {
      const { object } = this.#fields.apply({
        ...this.#write(manager),
        live,
        applied,
        force: true,
      });
      if (live !== null) return this.#update(live, object, false);
      const namespace = this.info.namespaced ? 'default' : '';
      beforeCreate(this.info, object, namespace, CONTEXT, IDENTITIES);
      return withVersion(object, '1');
    });
  }

  #update(live: KubernetesObject, sent: KubernetesObject, track = true): KubernetesObject {
    const draft = copy(sent);
    this.info.strategy.setDefaults?.(draft);
    const tracked = track
      ? this.#fields.update({ ...this.#write('fuzz'), live, updated: draft })
      : draft;
    const { changed } = beforeUpdate(this.info, '', tracked, copy(live), CONTEXT);
    return changed ? withVersion(tracked, '2') : live;
  }

  #patched(
    live: KubernetesObject,
    patchType: 'json' | 'merge' | 'strategic',
    patch: string,
  ): Record<string, unknown> {
    switch (patchType) {
      case 'json':
        return applyJSONPatch(live, patch);
      case 'merge':
        return applyMergePatch(live, patch);
      case 'strategic':
        return applyStrategicMergePatch(live, patch, this.info.schema);
    }
  }

  /** Only what a client can be told may be thrown: and never that the fault is the server's. */
  #judged(step: () => KubernetesObject): Outcome {
    try {
      return { object: step() };
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      const { code = 500, message = '' } = error.status;
      // Upstream blames itself for a configuration that does not fit its type.
      const isTyped = message.startsWith('failed to create typed patch object');
      if (code >= 500 && !isTyped) throw new Error(`${code}: ${message}`, { cause: error });
      return { refused: error };
    }
  }

  get #expected() {
    const { group, version, kind, schema } = this.info;
    return { apiVersion: formatAPIVersion(group, version), kind, schema };
  }

  #write(manager: string) {
    return { manager, subresource: '', now: CONTEXT.now };
  }
}

export const copy = (object: KubernetesObject): KubernetesObject =>
  JSON.parse(JSON.stringify(object)) as KubernetesObject;

function withVersion(object: KubernetesObject, resourceVersion: string): KubernetesObject {
  return copy({ ...object, metadata: { ...object.metadata, resourceVersion } });
}
