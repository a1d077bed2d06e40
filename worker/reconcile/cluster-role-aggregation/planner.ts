import { aggregationSelectorsOf } from '../../registry/authz/rbac/aggregation.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { CLUSTER_ROLES, planAggregation } from './plan.ts';
import type { ObservedAggregation } from './plan.ts';

export const clusterRoleAggregationPlanner: Planner<ObservedAggregation> = {
  name: 'clusterrole-aggregation-controller',
  keysFor,
  observe,
  plan: planAggregation,
};

/** Any role may be selected by any other, and there are few that select: all of them are looked at. */
function keysFor({ resource }: Change, reader: Reader): readonly string[] {
  if (resource !== CLUSTER_ROLES) return [];
  return reader
    .list(CLUSTER_ROLES)
    .filter((role) => aggregationSelectorsOf(role) !== null)
    .map(({ metadata }) => metadata.name ?? '');
}

function observe(reader: Reader, key: string): ObservedAggregation | null {
  const role = reader.get(CLUSTER_ROLES, key);
  if (role === null || aggregationSelectorsOf(role) === null) return null;
  return { role, clusterRoles: reader.list(CLUSTER_ROLES) };
}
