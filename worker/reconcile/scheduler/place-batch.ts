import { Batch } from './batch.ts';
import type { Ledger, Reservation } from './ledger.ts';
import type { PodRequest } from './pod-request.ts';
import { findPreemption } from './preemption.ts';
import type { Preemption } from './preemption.ts';
import { Room } from './room.ts';
import type { Round } from './round.ts';
import { RejectionTally, unresolvableText } from './unschedulable-message.ts';
import { keepsNode } from './volume-filter.ts';

export interface Placement {
  readonly bindings: readonly { readonly podUID: string; readonly nodeName: string }[];
  readonly unschedulable: readonly Refused[];
  /** Pods that are to be deleted. Their room is counted as taken until they are gone. */
  readonly victims: readonly Victim[];
  /** Pods that others were making room for, and that go without it. */
  readonly unnominated: readonly string[];
}

export interface Refused {
  readonly podUID: string;
  readonly message: string;
  /** Where room is being made for it, and held until it asks again. */
  readonly nominatedNodeName?: string;
}

export interface Victim {
  readonly podUID: string;
  readonly namespace: string;
  readonly name: string;
  readonly nodeName: string;
  /** Uid of the pod that needs the room. */
  readonly preemptor: string;
}

/**
 * Nodes on which one batch tries out who would have to go: enough for some 50 pods, a second's work
 * at most. Pods that are left out wait, and are tried again when the victims of the others are gone.
 */
const MAX_PROBES = 5_000;

/**
 * Places pods on nodes and reserves what they need in the ledger, one by one, in order of priority
 * and then as given: each pod sees those before it. A pod goes to the best-scoring node that passes
 * every filter. `seed` turns which of equally good nodes is taken; the same ledger, pods and seed
 * give the same placement, in one batch or in several. A pod that has a place reserved already keeps
 * it, unless its volumes are elsewhere: its store asks again because it never got the answer. For one that no node takes, pods of lower
 * priority may have to go; the room is then held for it, and counted for whoever comes.
 */
export function placeBatch(ledger: Ledger, pods: readonly PodRequest[], seed: number): Placement {
  return new Placing(ledger, pods, seed).run();
}

class Placing {
  readonly #ledger: Ledger;
  readonly #pods: readonly PodRequest[];
  readonly #batch: Batch;
  readonly #start: number;
  readonly #messages = new Map<Round, Said>();
  readonly #bindings: { podUID: string; nodeName: string }[] = [];
  readonly #unschedulable: Refused[] = [];
  readonly #victims: Victim[] = [];
  readonly #unnominated: string[] = [];
  /** What was held for pods of the batch when it began. */
  readonly #nominated = new Map<string, Reservation>();
  readonly #probes = { left: MAX_PROBES };

  constructor(ledger: Ledger, pods: readonly PodRequest[], seed: number) {
    this.#ledger = ledger;
    for (const { uid, constraints } of pods) {
      const held = ledger.reservationOf(uid);
      if (held === undefined) continue;
      if (held.isNominated) this.#nominated.set(uid, held);
      const { volumes } = constraints;
      const isElsewhere = volumes !== undefined && !keepsNode(volumes, held.node);
      // Of a node that is gone it is nothing any more.
      if (held.isNominated || !held.node.known || isElsewhere) ledger.release(uid);
    }
    this.#pods = pods.toSorted(
      (a, b) =>
        b.footprint.standing.priority - a.footprint.standing.priority ||
        Number(this.#nominated.has(b.uid)) - Number(this.#nominated.has(a.uid)),
    );
    this.#batch = new Batch(ledger);
    const { size } = this.#batch.table;
    this.#start = size === 0 ? 0 : seed % size;
  }

  run(): Placement {
    for (const pod of this.#pods) {
      const nodeName = this.#ledger.nodeOf(pod.uid);
      if (nodeName === undefined) this.#place(pod);
      else this.#bindings.push({ podUID: pod.uid, nodeName });
    }
    return {
      bindings: this.#bindings,
      unschedulable: this.#unschedulable,
      victims: this.#victims,
      unnominated: this.#unnominated,
    };
  }

  #place(pod: PodRequest): void {
    const { unresolvable } = pod.constraints.volumes ?? {};
    if (unresolvable !== undefined) {
      const message = unresolvableText(this.#batch.table.size, unresolvable);
      this.#unschedulable.push({ podUID: pod.uid, message });
      return;
    }
    const round = this.#batch.round(pod);
    const nominated = this.#nominated.get(pod.uid)?.node.slot ?? -1;
    // Where room was made for it a pod goes, though another node may be better by now.
    const isMade = nominated >= 0 && round.rejection(nominated) === null;
    const slot = isMade ? nominated : round.choose(this.#start);
    if (slot >= 0) this.#bind(pod, slot);
    else this.#refuse(pod, round);
  }

  #bind(pod: PodRequest, slot: number): void {
    const nodeName = this.#batch.place(pod, slot);
    this.#bindings.push({ podUID: pod.uid, nodeName });
  }

  #refuse(pod: PodRequest, round: Round): void {
    const { head, noVictims } = this.#say(round);
    const refuse = (message: string, nominatedNodeName?: string) =>
      this.#unschedulable.push({
        podUID: pod.uid,
        message,
        ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }),
      });
    if (!pod.preempts) {
      refuse(`${head} preemption: not eligible due to preemptionPolicy=Never.`);
      return;
    }
    const held = this.#nominated.get(pod.uid);
    if (held !== undefined && this.#isBeingFreed(held)) {
      const nodeName = this.#batch.place(pod, held.node.slot, true);
      refuse(
        `${head} preemption: not eligible due to a terminating pod on the nominated node.`,
        nodeName,
      );
      return;
    }
    const preemption = this.#search(pod, round);
    if (preemption === null) refuse(`${head} ${noVictims}`.trim());
    else if (this.#evict(pod, preemption)) this.#bind(pod, preemption.slot);
    else refuse(head, this.#batch.place(pod, preemption.slot, true));
  }

  #isBeingFreed({ node, footprint }: Reservation): boolean {
    if (!node.known) return false;
    for (const { uid, footprint: other } of node.pods.values()) {
      const isLower = other.standing.priority < footprint.standing.priority;
      if (isLower && this.#ledger.isDoomed(uid)) return true;
    }
    return false;
  }

  #search(pod: PodRequest, round: Round): Preemption | null {
    const said = this.#say(round);
    const { priority } = pod.footprint.standing;
    // Nobody was found for a pod like this one, and nothing came or went since.
    if (said.fruitless >= priority) return null;
    const ledger = this.#ledger;
    const { table } = this.#batch;
    const room = new Room(ledger, pod.footprint);
    const search = { ledger, table, request: pod, room, round };
    const found = findPreemption(search, this.#start, this.#probes);
    if (found === null) said.fruitless = priority;
    return found;
  }

  /** True when nobody has to be waited for: others were only waiting for the room themselves. */
  #evict(pod: PodRequest, { victims }: Preemption): boolean {
    const nominated = victims.filter(({ isNominated }) => isNominated);
    for (const { uid } of nominated) {
      this.#ledger.release(uid);
      this.#unnominated.push(uid);
    }
    if (nominated.length > 0) this.#batch.recount();
    for (const { uid, node, footprint, isNominated } of victims) {
      if (isNominated) continue;
      const { namespace } = footprint.traits;
      const { name } = footprint.standing;
      const preemptor = pod.uid;
      if (!this.#ledger.isDoomed(uid)) {
        this.#victims.push({ podUID: uid, namespace, name, nodeName: node.name, preemptor });
      }
      this.#ledger.doom(uid);
    }
    return nominated.length === victims.length;
  }

  /** Why nodes were refused, said once for pods that are alike while nothing else is placed. */
  #say(round: Round): Said {
    const after = this.#batch.placements;
    const known = this.#messages.get(round);
    if (known?.after === after) return known;
    const tally = new RejectionTally();
    for (let slot = 0; slot < this.#batch.table.size; slot++) {
      const rejection = round.rejection(slot);
      if (rejection !== null) tally.add(rejection);
    }
    const said = { after, head: tally.head(), noVictims: tally.noVictims(), fruitless: -Infinity };
    this.#messages.set(round, said);
    return said;
  }
}

interface Said {
  readonly after: number;
  readonly head: string;
  /** What is added when making room was thought about, in vain. */
  readonly noVictims: string;
  /** The highest priority for which nobody was found that could go. */
  fruitless: number;
}
