import { formatTime } from '../../../apimachinery/meta.ts';
import type { CustomResourceDefinition, DefinitionCondition } from '../../registry/crd/types.ts';
import { DEFINITIONS } from '../../registry/hidden-resources.ts';
import { deepEqual } from '../../registry/rest/deep-equal.ts';
import { EMPTY_PLAN } from '../planner.ts';
import type { Plan } from '../planner.ts';
import { approvalCondition } from './approval.ts';
import { decideNames, takenNames } from './names.ts';

export interface ObservedDefinition {
  readonly crd: CustomResourceDefinition;
  /** The other definitions of its group. */
  readonly others: readonly CustomResourceDefinition[];
}

/**
 * Names, then whether the definition is established, then the approval of protected groups: the
 * three controllers of apiextensions-apiserver in one. Once established, always established.
 */
export function planDefinition({ crd, others }: ObservedDefinition, now: number): Plan {
  const { spec, status = {} } = crd;
  const taken = takenNames(others.map((other) => other.status?.acceptedNames ?? {}));
  const { accepted, conflict } = decideNames(spec.names, status.acceptedNames ?? {}, taken);
  const before = status.conditions ?? [];
  const wasEstablished = before.some((c) => c.type === 'Established' && c.status === 'True');
  const wanted: Omit<DefinitionCondition, 'lastTransitionTime'>[] = [
    {
      type: 'NamesAccepted',
      status: conflict === null ? 'True' : 'False',
      reason: conflict?.reason ?? 'NoConflicts',
      message: conflict?.message ?? 'no conflicts found',
    },
    conflict === null || wasEstablished
      ? {
          type: 'Established',
          status: 'True',
          reason: 'InitialNamesAccepted',
          message: 'the initial names have been accepted',
        }
      : {
          type: 'Established',
          status: 'False',
          reason: 'NotAccepted',
          message: 'not all names are accepted',
        },
    ...approvalCondition(crd),
  ];
  const conditions = wanted.reduce<readonly DefinitionCondition[]>(
    (list, condition) => withCondition(list, condition, now),
    before,
  );
  const next = { ...status, conditions: [...conditions], acceptedNames: accepted };
  if (deepEqual(next, status)) return EMPTY_PLAN;
  return {
    writes: [{ verb: 'updateStatus', resource: DEFINITIONS, object: { ...crd, status: next } }],
  };
}

/** Sets one condition in its place; its time changes with its status only. */
function withCondition(
  list: readonly DefinitionCondition[],
  condition: Omit<DefinitionCondition, 'lastTransitionTime'>,
  now: number,
): readonly DefinitionCondition[] {
  const old = list.find(({ type }) => type === condition.type);
  const lastTransitionTime =
    old?.status === condition.status && old.lastTransitionTime !== undefined
      ? old.lastTransitionTime
      : formatTime(now);
  const { type, status, reason, message } = condition;
  const next = {
    lastTransitionTime,
    message: message ?? '',
    reason: reason ?? '',
    status,
    type,
  };
  return old === undefined ? [...list, next] : list.map((c) => (c === old ? next : c));
}
