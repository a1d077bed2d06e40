import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { controllerUser } from '../../../apimachinery/user-info.ts';
import { as, type PersistentVolume } from '../../reconcile/kinds.ts';
import { needsClaimCheck } from '../../reconcile/persistent-volume/plan-volume.ts';
import { VOLUMES } from '../../reconcile/persistent-volume/volume-facts.ts';
import type { Change } from '../../reconcile/planner.ts';
import { claimKey, type ClaimCopy } from '../../registry/binding/claim-copy.ts';
import { VOLUME_CLAIMS } from '../../registry/hidden-resources.ts';
import { NotYetError, type Effect } from '../queue/effect.ts';
import { CONTROLLER_MANAGER } from '../store/field-tracking.ts';
import type { StoreContext } from '../store/store-context.ts';
import { updateObject } from '../store/verbs/update.ts';

export interface ClaimCheckEffectDeps {
  readonly context: StoreContext;
  /** The uid of a claim, as its own store has it; null when there is none of that name. */
  readonly findUID: (namespace: string, name: string) => Promise<string | null>;
  readonly write: (step: (context: StoreContext) => void) => Promise<void>;
}

/**
 * Asks the store of a claim that was never seen here, but that a volume says it is for: the copy may
 * be on its way. Only when there is no such claim the volume is released. A key is the volume's name.
 */
export class ClaimCheckEffect implements Effect {
  readonly name = 'claim-check';
  readonly batchSize = 50;
  readonly #deps: ClaimCheckEffectDeps;

  constructor(deps: ClaimCheckEffectDeps) {
    this.#deps = deps;
  }

  keysFor({ resource, name, after }: Change): readonly string[] {
    if (resource !== VOLUMES || after === null) return [];
    return needsClaimCheck(as<PersistentVolume>(after), this.#copy(after)) ? [name] : [];
  }

  async run(keys: readonly string[]): Promise<void> {
    for (const name of keys) await this.#check(name);
  }

  async #check(name: string): Promise<void> {
    const { findUID, write } = this.#deps;
    const volume = this.#unsure(name);
    const owner = volume?.spec?.claimRef;
    if (owner === undefined) return;
    const uid = await findUID(owner.namespace ?? '', owner.name ?? '');
    if (uid === owner.uid) throw new NotYetError(`the claim of ${name} is on its way`);
    await write((context) => {
      const current = this.#unsure(name);
      if (current === null || current.spec?.claimRef?.uid !== owner.uid) return;
      const draft = JSON.parse(JSON.stringify(current)) as KubernetesObject;
      draft['status'] = { ...(draft['status'] as object | undefined), phase: 'Released' };
      const user = controllerUser('persistent-volume-binder');
      const request = { resource: VOLUMES, name, subresource: 'status', user };
      updateObject(context, { ...request, fieldManager: CONTROLLER_MANAGER }, draft);
    });
  }

  #unsure(name: string): PersistentVolume | null {
    const volume = this.#deps.context.commits.read({ resource: VOLUMES, name });
    if (volume === null || !needsClaimCheck(as<PersistentVolume>(volume), this.#copy(volume))) {
      return null;
    }
    return as<PersistentVolume>(volume);
  }

  #copy(volume: KubernetesObject): ClaimCopy | null {
    const { namespace = '', name = '' } = as<PersistentVolume>(volume).spec?.claimRef ?? {};
    const key = claimKey(namespace, name);
    const copy = this.#deps.context.commits.read({ resource: VOLUME_CLAIMS, name: key });
    return copy === null ? null : as<ClaimCopy>(copy);
  }
}
