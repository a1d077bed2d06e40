import type { PodAffinityTerm, TopologySpreadConstraint } from 'kubernetes-types/core/v1.js';
import type { LabelSelectorSource } from '../../../../apimachinery/label-selector.ts';
import { labelPredicate } from '../../selector.ts';
import type { Node, Pod } from '../../kinds.ts';

/** A pod on a node. */
export interface NaivePlaced {
  readonly pod: Pod;
  readonly node: Node;
}

export interface NaiveCluster {
  readonly nodes: readonly Node[];
  readonly placed: readonly NaivePlaced[];
  readonly namespaces: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * The rules between pods, and the scores of pod affinity, spreading and soft taints, written down as
 * they are told: every question goes over all pods. What the scheduler counts must agree with it.
 */
export class NaiveScheduler {
  readonly #cluster: NaiveCluster;
  readonly #pod: Pod;
  readonly #siblings: LabelSelectorSource | undefined;

  constructor(cluster: NaiveCluster, pod: Pod, siblings?: LabelSelectorSource) {
    this.#cluster = cluster;
    this.#pod = pod;
    this.#siblings = siblings;
  }

  /** The nodes that a pod may go to. */
  feasible(): Node[] {
    return this.#cluster.nodes.filter(
      (node) =>
        this.#tolerates(node, ['NoSchedule', 'NoExecute']) &&
        this.#spreads(node) &&
        this.#isNear(node) &&
        this.#isApart(node),
    );
  }

  /** Scores of the nodes that a pod may go to, without those of resources and images. */
  scores(nodes: readonly Node[]): number[] {
    const disliked = nodes.map(
      ({ spec }) =>
        (spec.taints ?? []).filter(({ effect }) => effect === 'PreferNoSchedule').length,
    );
    const worst = Math.max(...disliked);
    const spread = this.#spreadScores(nodes);
    const affinity = this.#affinityScores(nodes);
    return nodes.map(
      (_, i) =>
        3 * (100 - (worst === 0 ? 0 : Math.floor((100 * (disliked[i] ?? 0)) / worst))) +
        2 * (spread[i] ?? 0) +
        2 * (affinity[i] ?? 0),
    );
  }

  #tolerates({ spec }: Node, effects: readonly string[]): boolean {
    return (spec.taints ?? []).every(
      ({ key, effect }) =>
        !effects.includes(effect) ||
        (this.#pod.spec.tolerations ?? []).some((toleration) => toleration.key === key),
    );
  }

  #wants({ metadata }: Node): boolean {
    return Object.entries(this.#pod.spec.nodeSelector ?? {}).every(
      ([key, value]) => metadata.labels?.[key] === value,
    );
  }

  #constraints(action: string): TopologySpreadConstraint[] {
    const all = this.#pod.spec.topologySpreadConstraints ?? [];
    return all.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === action);
  }

  #takesPart(node: Node, constraint: TopologySpreadConstraint): boolean {
    return (
      (constraint.nodeAffinityPolicy === 'Ignore' || this.#wants(node)) &&
      (constraint.nodeTaintsPolicy !== 'Honor' ||
        this.#tolerates(node, ['NoSchedule', 'NoExecute']))
    );
  }

  #countFor({ labelSelector }: TopologySpreadConstraint, nodes: readonly Node[]): number {
    const matches = labelPredicate(labelSelector);
    return this.#cluster.placed.filter(
      ({ pod, node }) =>
        nodes.includes(node) &&
        pod.metadata.namespace === this.#pod.metadata.namespace &&
        pod.metadata.deletionTimestamp === undefined &&
        matches(pod.metadata.labels),
    ).length;
  }

  #spreads(node: Node): boolean {
    if (!this.#wants(node)) return false;
    const hard = this.#constraints('DoNotSchedule');
    const labelled = (each: Node) => hard.every(({ topologyKey }) => valueOf(each, topologyKey));
    return hard.every((constraint) => {
      const { topologyKey, maxSkew, minDomains = 1, labelSelector } = constraint;
      const value = valueOf(node, topologyKey);
      if (value === undefined) return false;
      const part = this.#cluster.nodes.filter((n) => labelled(n) && this.#takesPart(n, constraint));
      const domains = Map.groupBy(part, (each) => valueOf(each, topologyKey));
      const counts = [...domains.values()].map((members) => this.#countFor(constraint, members));
      const least = domains.size < minDomains ? 0 : Math.min(...counts);
      const self = labelPredicate(labelSelector)(this.#pod.metadata.labels) ? 1 : 0;
      return this.#countFor(constraint, domains.get(value) ?? []) + self - least <= maxSkew;
    });
  }

  #picks(term: PodAffinityTerm, owner: Pod, pod: Pod): boolean {
    const { namespaces = [], namespaceSelector, labelSelector } = term;
    const { namespace = '' } = pod.metadata;
    const inNamespace =
      namespaces.includes(namespace) ||
      (namespaceSelector !== undefined &&
        labelPredicate(namespaceSelector)(this.#cluster.namespaces[namespace])) ||
      (namespaces.length === 0 &&
        namespaceSelector === undefined &&
        namespace === owner.metadata.namespace);
    return inNamespace && labelPredicate(labelSelector)(pod.metadata.labels);
  }

  #isNear(node: Node): boolean {
    const terms =
      this.#pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    if (terms.some(({ topologyKey }) => valueOf(node, topologyKey) === undefined)) return false;
    const fitAll = (pod: Pod) => terms.every((term) => this.#picks(term, this.#pod, pod));
    const fitting = this.#cluster.placed.filter(({ pod }) => fitAll(pod));
    const counted = fitting.filter((each) =>
      terms.some(({ topologyKey }) => valueOf(each.node, topologyKey) !== undefined),
    );
    if (counted.length === 0 && fitAll(this.#pod)) return true;
    return terms.every(({ topologyKey }) =>
      fitting.some((each) => valueOf(each.node, topologyKey) === valueOf(node, topologyKey)),
    );
  }

  #isApart(node: Node): boolean {
    const isTogether = (other: Node, { topologyKey }: PodAffinityTerm) =>
      valueOf(node, topologyKey) !== undefined &&
      valueOf(node, topologyKey) === valueOf(other, topologyKey);
    const excluded = (pod: Pod) =>
      pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    return this.#cluster.placed.every(
      (each) =>
        !excluded(this.#pod).some(
          (term) => isTogether(each.node, term) && this.#picks(term, this.#pod, each.pod),
        ) &&
        !excluded(each.pod).some(
          (term) => isTogether(each.node, term) && this.#picks(term, each.pod, this.#pod),
        ),
    );
  }

  #affinityScores(nodes: readonly Node[]): number[] {
    const raw = nodes.map((node) => {
      let score = 0;
      for (const each of this.#cluster.placed) {
        const near = ({ topologyKey }: PodAffinityTerm) =>
          valueOf(node, topologyKey) !== undefined &&
          valueOf(node, topologyKey) === valueOf(each.node, topologyKey);
        const sum = (owner: Pod, pod: Pod) => {
          const { podAffinity, podAntiAffinity } = owner.spec.affinity ?? {};
          const weigh = (terms: { weight: number; podAffinityTerm: PodAffinityTerm }[] = []) =>
            terms
              .filter(({ podAffinityTerm: t }) => near(t) && this.#picks(t, owner, pod))
              .reduce((total, { weight }) => total + weight, 0);
          return (
            weigh(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution) -
            weigh(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution)
          );
        };
        const required =
          each.pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
        score += sum(this.#pod, each.pod) + sum(each.pod, this.#pod);
        score += required.filter((t) => near(t) && this.#picks(t, each.pod, this.#pod)).length;
      }
      return score;
    });
    const least = Math.min(...raw);
    const most = Math.max(...raw);
    return raw.map((score) =>
      most === least ? 0 : Math.floor(100 * ((score - least) / (most - least))),
    );
  }

  #spreadScores(nodes: readonly Node[]): number[] {
    const own = (this.#pod.spec.topologySpreadConstraints ?? []).length > 0;
    const constraints = own ? this.#constraints('ScheduleAnyway') : this.#defaults();
    if (constraints.length === 0) return nodes.map(() => 0);
    const isLabelled = (node: Node) =>
      !own || constraints.every(({ topologyKey }) => valueOf(node, topologyKey) !== undefined);
    const counted = nodes.filter(isLabelled);
    const scored = counted.map((node) => {
      let score = 0;
      for (const constraint of constraints) {
        const { topologyKey, maxSkew } = constraint;
        const isHost = topologyKey === 'kubernetes.io/hostname';
        const value = valueOf(node, topologyKey);
        if (value === undefined) continue;
        const domains = new Set(counted.map((each) => valueOf(each, topologyKey)));
        const members = this.#cluster.nodes.filter(
          (each) =>
            isLabelled(each) &&
            this.#takesPart(each, constraint) &&
            valueOf(each, topologyKey) === value,
        );
        const count = this.#countFor(constraint, isHost ? [node] : members);
        score += count * Math.log((isHost ? counted.length : domains.size) + 2) + maxSkew - 1;
      }
      return Math.round(score);
    });
    const least = Math.min(...scored);
    const most = Math.max(0, ...scored);
    return nodes.map((node) => {
      const at = counted.indexOf(node);
      if (at < 0) return 0;
      return most === 0 ? 100 : Math.floor((100 * (most + least - (scored[at] ?? 0))) / most);
    });
  }

  #defaults(): TopologySpreadConstraint[] {
    const labelSelector = this.#siblings;
    if (labelSelector === undefined) return [];
    return [
      ['kubernetes.io/hostname', 3] as const,
      ['topology.kubernetes.io/zone', 5] as const,
    ].map(([topologyKey, maxSkew]) => ({
      topologyKey,
      maxSkew,
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: labelSelector as NonNullable<TopologySpreadConstraint['labelSelector']>,
    }));
  }
}

function valueOf({ metadata }: Node, key: string): string | undefined {
  return metadata.labels?.[key];
}
