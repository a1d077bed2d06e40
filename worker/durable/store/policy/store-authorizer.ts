import { MASTERS_GROUP } from '../../../../apimachinery/user-info.ts';
import { NO_OPINION, type Authorizer } from '../../../registry/authz/authorizer.ts';
import type { PolicyObjects } from './policy-objects.ts';
import type { Rules } from './rules.ts';

export interface StoreAuthorizerDeps {
  readonly namespace: string;
  readonly policy: PolicyObjects;
  readonly rules: Rules;
  readonly own: PolicyObjects;
}

/** What the rules that a store has at hand allow. */
export function newStoreAuthorizer(_deps: StoreAuthorizerDeps): Authorizer {
  return {
    authorize: (user) =>
      user.groups.includes(MASTERS_GROUP) ? { allowed: true, reason: '' } : NO_OPINION,
  };
}
