import { EMPTY_PLAN } from '../planner.ts';
import type { Plan } from '../planner.ts';

/** The account that pods get which name none. */
export const DEFAULT_SERVICE_ACCOUNT = 'default';

export interface ObservedServiceAccount {
  /** Whether the namespace is there and not on its way out. */
  readonly namespaceActive: boolean;
  readonly exists: boolean;
}

/** Every active namespace has a ServiceAccount `default`; deleted, it comes back. */
export function planServiceAccount({ namespaceActive, exists }: ObservedServiceAccount): Plan {
  if (!namespaceActive || exists) return EMPTY_PLAN;
  return {
    writes: [
      {
        verb: 'create',
        resource: 'serviceaccounts',
        object: {
          apiVersion: 'v1',
          kind: 'ServiceAccount',
          metadata: { name: DEFAULT_SERVICE_ACCOUNT },
        },
      },
    ],
  };
}
