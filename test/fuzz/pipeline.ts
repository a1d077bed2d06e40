import {
  InquiryPending,
  type AnswerTo,
  type Inquiries,
  type Inquiry,
} from '../../worker/registry/admission/inquiry.ts';
import { newAdmissionChain } from '../../worker/durable/store/admission-chain.ts';
import { QuotaLedger } from '../../worker/registry/quota/ledger.ts';
import { Rules } from '../../worker/durable/store/policy/rules.ts';
import { formatAPIVersion, type KubernetesObject } from '../../apimachinery/meta.ts';
import { newStatusError, StatusError, type Status } from '../../apimachinery/status-error.ts';
import { CommitPoint } from '../../worker/durable/commit/commit-point.ts';
import { MemoryRevisionStore } from '../../worker/durable/storage/memory-revision-store.ts';
import { ObjectCache } from '../../worker/durable/storage/object-cache.ts';
import { RevisionClock } from '../../worker/durable/storage/revision-clock.ts';
import type { WriteAnswer } from '../../worker/durable/store/protocol.ts';
import { PodIndex } from '../../worker/durable/store/pod-index.ts';
import { storeReader } from '../../worker/durable/store/reader.ts';
import { StoreCatalog } from '../../worker/durable/store/store-catalog.ts';
import type { StoreContext } from '../../worker/durable/store/store-context.ts';
import { createVerb } from '../../worker/durable/store/verbs/create.ts';
import { patchVerb } from '../../worker/durable/store/verbs/patch.ts';
import type { ResourceInfo } from '../../worker/registry/kind-table.ts';
import { attributesOf } from '../../worker/registry/rest/attributes.ts';
import { decodeObject } from '../../worker/registry/schema/decode.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');

/** What a write came to: a refusal is as good an end as an object. Anything else is thrown. */
export type Outcome =
  | { readonly ok: true; readonly object: KubernetesObject }
  | { readonly ok: false; readonly status: Status };

/** A store in memory with one object's way of being written: decoding, then the store's verbs. */
export class Pipeline {
  readonly #info: ResourceInfo;
  readonly #context: StoreContext;

  constructor(info: ResourceInfo) {
    this.#info = info;
    this.#context = newContext(info.namespaced ? 'default' : '');
  }

  create(text: string): Outcome {
    return judged(() => {
      const { group, version, kind, schema } = this.#info;
      const expected = { apiVersion: formatAPIVersion(group, version), kind, schema };
      const { object } = decodeObject(text, 'json', expected, 'Warn');
      return createVerb(this.#context, {
        ...this.#request('fuzz'),
        object: JSON.stringify(object),
      });
    });
  }

  patch(name: string, patchType: 'json' | 'merge' | 'strategic', patch: string): Outcome {
    return judged(() =>
      patchVerb(this.#context, {
        ...this.#request('fuzz'),
        name,
        subresource: '',
        patchType,
        patch,
        fieldValidation: 'Warn',
      }),
    );
  }

  apply(name: string, configuration: object, manager = 'applier'): Outcome {
    return judged(() =>
      patchVerb(this.#context, {
        ...this.#request(manager),
        name,
        subresource: '',
        patchType: 'apply',
        patch: JSON.stringify(configuration),
        force: true,
      }),
    );
  }

  #request(fieldManager: string) {
    return {
      scope: { cluster: 'fuzz', namespace: this.#context.namespace },
      resource: this.#info.storage,
      user: { name: 'fuzz', groups: [] },
      dryRun: false,
      fieldManager,
    };
  }
}

/** Only what a client can be told may be thrown: and never that the fault is the server's. */
function judged(write: () => WriteAnswer): Outcome {
  const answer = answered(write);
  if (answer.ok) return { ok: true, object: JSON.parse(answer.object) as KubernetesObject };
  const { code = 500, message = '' } = answer.status;
  // Here upstream blames itself, in these words.
  const isUpstreams =
    /^failed to create (typed patch object|manager for existing fields)|^failed to merge config|^resourceVersion should not be set/.test(
      message,
    ) || message.includes('unable to convert');
  if (code >= 500 && !isUpstreams) throw new Error(`${code}: ${message}`);
  return answer;
}

function answered(write: () => WriteAnswer): WriteAnswer {
  try {
    return write();
  } catch (error) {
    if (error instanceof StatusError) return { ok: false, status: error.status };
    throw error;
  }
}

function newContext(namespace: string): StoreContext {
  const store = new MemoryRevisionStore();
  const cache = new ObjectCache();
  const clock = new RevisionClock(1, 0, () => undefined);
  const resources = new StoreCatalog({ readDefinition: () => null, listDefinitions: () => [] });
  const commits = new CommitPoint({
    store,
    cache,
    clock,
    now: () => NOW,
    attributesOf(resource, object) {
      const info = resources.get(resource);
      if (info === undefined) throw newStatusError('NotFound', resource);
      return attributesOf(info, object);
    },
    enqueueFor: () => undefined,
    onRollback: () => undefined,
  });
  const put = (resource: string, object: KubernetesObject) =>
    commits.transact(() => commits.put(resource, object, null));
  if (namespace !== '') {
    put('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    put('serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace },
    });
  }
  let made = 0;
  return {
    namespace,
    commits,
    store,
    reader: storeReader({
      namespace,
      store,
      commits,
      resources,
      claimUsers: new PodIndex({ store, commits }, () => []),
      queue: { failure: () => null },
      rootCA: undefined,
      usage: undefined,
      quotaUsage: undefined,
    }),
    clock,
    resources,
    identities: {
      uid: () => `00000000-0000-4000-8000-${String((made += 1)).padStart(12, '0')}`,
      nameSuffix: () => String((made += 1)).padStart(5, '0'),
    },
    policy: NO_POLICY,
    rules: new Rules({ policy: NO_POLICY, list: () => [] }),
    authorizer: { authorize: () => ({ allowed: true, reason: '' }) },
    admission: newAdmissionChain({
      ledger: new QuotaLedger({ ...NO_POLICY, isNamespaced: () => true }),
      granted: { rulesFor: () => ({ rules: [], unresolved: [] }) },
    }),
    inquiries: NOTHING_ELSEWHERE,
    now: () => NOW,
  };
}

const NO_POLICY = { get: () => null, list: () => [] };

/** Other stores have nothing; nobody else is asked. */
const NOTHING_ELSEWHERE: Inquiries = {
  ask<I extends Inquiry>(inquiries: readonly I[]): AnswerTo<I>[] {
    return inquiries.map((inquiry) => {
      if (inquiry.kind !== 'objects') throw new InquiryPending([inquiry]);
      const nothing: AnswerTo<Extract<Inquiry, { kind: 'objects' }>> = [];
      return nothing as AnswerTo<I>;
    });
  },
};
