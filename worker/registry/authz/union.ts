import type { UserInfo } from '../../../apimachinery/user-info.ts';
import { aggregateErrors } from './aggregate-errors.ts';
import type { AccessAttributes, AccessDecision, Authorizer } from './authorizer.ts';

/**
 * Several authorizers asked in turn (k8s.io/apiserver union): the first that allows or denies
 * decides. When none does, it is not allowed, for the reasons of all of them.
 */
export function unionOf(authorizers: readonly Authorizer[]): Authorizer {
  return {
    authorize(user: UserInfo, access: AccessAttributes): AccessDecision {
      const reasons: string[] = [];
      const errors: string[] = [];
      for (const authorizer of authorizers) {
        const decision = authorizer.authorize(user, access);
        if (decision.allowed || decision.denied === true) return decision;
        if (decision.reason !== '') reasons.push(decision.reason);
        if (decision.evaluationError !== undefined) errors.push(decision.evaluationError);
      }
      return {
        allowed: false,
        reason: reasons.join('\n'),
        ...(errors.length === 0 ? {} : { evaluationError: aggregateErrors(errors) }),
      };
    },
  };
}
