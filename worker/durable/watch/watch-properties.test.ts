import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import * as fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import {
  configMap,
  create,
  freshCluster,
  listRequest,
  objectOf,
  remove,
  revisionOf,
  stubOf,
  update,
} from '../../../test/workerd/stores.ts';
import { WatchClient } from '../../../test/workerd/watch-client.ts';
import { WriteHistory, type Matcher } from '../../../test/workerd/write-history.ts';
import { HISTORY_MS } from '../storage/compaction.ts';
import type { Scope } from '../store/protocol.ts';

const MAPS = 'configmaps';
/** Own objects only: the namespace's own config maps are none of the model's. */
const OWN = 'model=yes';

const SELECTORS: Readonly<Record<string, Matcher>> = {
  '': () => true,
  'tier=web': (labels) => labels['tier'] === 'web',
  'tier in (web,db),!canary': ({ tier, canary }) =>
    (tier === 'web' || tier === 'db') && canary === undefined,
};

type Step =
  | { readonly do: 'write'; readonly name: string; readonly tier: string; readonly canary: boolean }
  | { readonly do: 'delete'; readonly name: string }
  | { readonly do: 'watch'; readonly selector: string; readonly back: number }
  | { readonly do: 'compact' | 'evict' | 'crash' };

const names = fc.constantFrom('a', 'b', 'c', 'd');
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('write' as const),
        name: names,
        tier: fc.constantFrom('web', 'db', 'cache'),
        canary: fc.boolean(),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), name: names }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('watch' as const),
        selector: fc.constantFrom(...Object.keys(SELECTORS)),
        back: fc.nat(5),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constantFrom('compact', 'evict', 'crash') }),
    },
  ),
  { minLength: 5, maxLength: 40 },
);

/** A watcher that resumes where it was when its connection is cut. */
interface Watcher {
  readonly selector: string;
  readonly begin: number;
  readonly seen: string[];
  /** Everything up to it was seen, as a bookmark would say. */
  position: number;
  client: WatchClient;
}

class Run {
  readonly history = new WriteHistory();
  readonly scope: Scope = { cluster: freshCluster(), namespace: 'default' };
  readonly #watchers: Watcher[] = [];
  /** Reads below it may be refused. */
  #compacted = 0;

  async step(step: Step): Promise<void> {
    switch (step.do) {
      case 'write':
        return this.#write(step.name, { tier: step.tier, ...(step.canary ? { canary: '1' } : {}) });
      case 'delete':
        return this.#delete(step.name);
      case 'watch':
        return this.#watch(step.selector, step.back);
      case 'compact':
        // What a quiet watcher has seen is not known from its events: it needs its bookmark.
        for (const watcher of this.#watchers) {
          watcher.position = await watcher.client.settle(this.history.lastRevision);
        }
        this.#compacted = this.history.lastRevision;
        vi.setSystemTime(Date.now() + HISTORY_MS + 1_000);
        await runDurableObjectAlarm(stubOf(this.scope));
        return undefined;
      case 'evict':
        await stubOf(this.scope).currentRevision(this.scope);
        return evictDurableObject(stubOf(this.scope));
      case 'crash':
        for (const watcher of this.#watchers) this.#collect(watcher);
        await abortAllDurableObjects();
        for (const watcher of this.#watchers) watcher.client = await this.#open(watcher);
        return undefined;
    }
  }

  async check(): Promise<void> {
    for (const watcher of this.#watchers) {
      await watcher.client.settle(this.history.lastRevision);
      this.#collect(watcher);
      const matches = SELECTORS[watcher.selector] ?? (() => true);
      expect(watcher.seen).toEqual(this.history.eventsAfter(watcher.begin, matches));
    }
    for (const { revision } of this.history.writes) {
      if (revision < this.#compacted) continue;
      expect(await this.#list(revision)).toEqual(this.history.listAt(revision));
    }
  }

  async #write(name: string, tiers: Record<string, string>): Promise<void> {
    const labels = { model: 'yes', ...tiers };
    const found = await stubOf(this.scope).get({ scope: this.scope, resource: MAPS, name });
    const stored = found.ok
      ? await update(this.scope, MAPS, withLabels(objectOf(found), labels))
      : await create(this.scope, MAPS, configMap(name, {}, labels));
    const changed = revisionOf(stored) > this.history.lastRevision;
    if (changed) this.history.record({ revision: revisionOf(stored), name, labels });
  }

  async #delete(name: string): Promise<void> {
    const answer = await remove(this.scope, MAPS, name);
    if (!answer.ok) return;
    const revision = revisionOf(objectOf(answer));
    this.history.record({ revision, name, labels: null });
    expect((await stubOf(this.scope).get({ scope: this.scope, resource: MAPS, name })).ok).toBe(
      false,
    );
  }

  async #watch(selector: string, back: number): Promise<void> {
    const begin = Math.max(this.#compacted, this.history.writes.at(-1 - back)?.revision ?? 0);
    if (begin === 0) return;
    const watcher = { selector, begin, seen: [], position: begin };
    this.#watchers.push({ ...watcher, client: await this.#open(watcher) });
  }

  #open({ selector, seen, position }: Omit<Watcher, 'client'>): Promise<WatchClient> {
    const last = Number(seen.at(-1)?.split('@')[1] ?? 0);
    return WatchClient.open({
      scope: this.scope,
      resource: MAPS,
      labelSelector: selector === '' ? OWN : `${OWN},${selector}`,
      after: Math.max(last, position),
    });
  }

  #collect({ client, seen }: Watcher): void {
    const { revisions } = client;
    seen.push(...client.events.map((event, i) => `${event}@${revisions[i]}`));
    client.lines.length = 0;
  }

  async #list(revision: number): Promise<string[]> {
    const answer = await stubOf(this.scope).list(
      listRequest(this.scope, MAPS, { revision, labelSelector: OWN }),
    );
    if (!answer.ok) throw new Error(answer.status.message);
    const body = typeof answer.body === 'string' ? answer.body : '';
    return body
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as KubernetesObject)
      .map((object) => `${object.metadata.name}@${revisionOf(object)}`);
  }
}

const withLabels = (object: KubernetesObject, labels: Record<string, string>) => ({
  ...object,
  metadata: { ...object.metadata, labels },
});

afterEach(() => {
  vi.useRealTimers();
});

it('STORE-5, WATCH-1…6: a store is its model, whatever is written, watched, compacted or restarted', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const run = new Run();
      for (const step of history) await run.step(step);
      await run.check();
    }),
    { numRuns: 25 },
  );
}, 120_000);
