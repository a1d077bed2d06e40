import { expect, it } from 'vitest';
import type { AccessDecision, Authorizer } from './authorizer.ts';
import { reviewOfAll } from './rules-review.ts';
import { SUPERUSER_AUTHORIZER } from './superuser.ts';
import { unionOf } from './union.ts';

const says = (decision: AccessDecision): Authorizer => ({ authorize: () => decision });

const user = { name: 'u', groups: [] };
const access = { isResourceRequest: false, verb: 'get', path: '/' } as const;
const decide = (...decisions: AccessDecision[]): AccessDecision =>
  unionOf(decisions.map(says)).authorize(user, access);

it('the first authorizer that allows or denies decides', () => {
  const allow = { allowed: true, reason: 'yes' };
  const deny = { allowed: false, denied: true, reason: 'no' };
  const pass = { allowed: false, reason: 'who knows' };
  expect(decide(pass, allow, deny)).toEqual(allow);
  expect(decide(pass, deny, allow)).toEqual(deny);
});

it('when none decides, all reasons and errors are told', () => {
  expect(
    decide(
      { allowed: false, reason: 'a', evaluationError: 'e' },
      { allowed: false, reason: '' },
      { allowed: false, reason: 'b', evaluationError: 'f' },
    ),
  ).toEqual({ allowed: false, reason: 'a\nb', evaluationError: '[e, f]' });
  expect(decide()).toEqual({ allowed: false, reason: '' });
});

it('system:masters may do everything, without a reason', () => {
  const master = { name: 'm', groups: ['system:masters'] };
  expect(SUPERUSER_AUTHORIZER.authorize(master, access)).toEqual({ allowed: true, reason: '' });
  expect(SUPERUSER_AUTHORIZER.authorize(user, access).allowed).toBe(false);
});

it('reviews add up', () => {
  const pods = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
  const rest = { nonResourceRules: [], incomplete: false };
  const review = reviewOfAll(
    [
      { reviewRules: () => ({ ...rest, resourceRules: [pods] }) },
      {
        reviewRules: () => ({ ...rest, resourceRules: [], incomplete: true, evaluationError: 'e' }),
      },
    ],
    user,
    'shop',
  );
  expect(review).toEqual({
    ...rest,
    resourceRules: [pods],
    incomplete: true,
    evaluationError: 'e',
  });
});
