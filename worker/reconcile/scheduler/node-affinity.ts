import type { NodeSelectorRequirement, NodeSelectorTerm } from 'kubernetes-types/core/v1.js';
import type { LabelOperator, Labels } from '../../../apimachinery/label-requirement.ts';
import { requirementMatches } from '../../../apimachinery/label-requirement.ts';
import type { Constraints } from './pod-request.ts';

interface LabelledNode {
  readonly name: string;
  readonly labels: Labels;
}

const OPERATORS: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
  Gt: 'gt',
  Lt: 'lt',
};

/** Whether nodeSelector and required node affinity both accept the node. */
export function acceptsNode(constraints: Constraints, node: LabelledNode): boolean {
  for (const [key, value] of Object.entries(constraints.nodeSelector ?? {})) {
    if (node.labels[key] !== value) return false;
  }
  const required = constraints.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || acceptsAny(required.nodeSelectorTerms, node);
}

/** Whether any of the terms accepts the node: how a NodeSelector is read. */
export const acceptsAny = (terms: readonly NodeSelectorTerm[], node: LabelledNode): boolean =>
  terms.some((term) => accepts(term, node));

/**
 * The only nodes that required affinity can accept, when every term names some by field; else null.
 * (Upstream: the PreFilter of NodeAffinity.)
 */
export function namedNodes({ nodeAffinity }: Constraints): ReadonlySet<string> | null {
  const terms =
    nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  if (terms.length === 0) return null;
  const named = new Set<string>();
  for (const { matchFields = [] } of terms) {
    const lists = matchFields
      .filter(({ key, operator }) => key === 'metadata.name' && operator === 'In')
      .map(({ values = [] }) => values);
    const [first, ...others] = lists;
    if (first === undefined) return null;
    for (const name of first) {
      if (others.every((list) => list.includes(name))) named.add(name);
    }
  }
  return named;
}

/** The summed weight of the preferred terms that accept the node. */
export function preferenceFor(constraints: Constraints, node: LabelledNode): number {
  const terms = constraints.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return terms.reduce(
    (weight, term) => (accepts(term.preference, node) ? weight + term.weight : weight),
    0,
  );
}

/** All requirements of a term must hold; a term without any accepts nothing. */
function accepts(term: NodeSelectorTerm, node: LabelledNode): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  return (
    matchExpressions.length + matchFields.length > 0 &&
    matchExpressions.every((requirement) => holds(requirement, node.labels)) &&
    matchFields.every((requirement) => holds(requirement, { 'metadata.name': node.name }))
  );
}

function holds({ key, operator, values = [] }: NodeSelectorRequirement, labels: Labels): boolean {
  const known = OPERATORS[operator];
  return known !== undefined && requirementMatches({ key, operator: known, values }, labels);
}
