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
  return required === undefined || required.nodeSelectorTerms.some((term) => accepts(term, node));
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
