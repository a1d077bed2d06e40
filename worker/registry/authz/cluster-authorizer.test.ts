import { expect, it } from 'vitest';
import { CLUSTER_POLICY } from './bootstrap/bootstrap-policy.ts';
import { ClusterAuthorizer } from './cluster-authorizer.ts';
import { roleSourceOf } from './rbac/testing/role-source-of.ts';

const authorizer = new ClusterAuthorizer(
  roleSourceOf([...CLUSTER_POLICY.roles, ...CLUSTER_POLICY.bindings], 'shop'),
  { podsOfNode: () => [], clusterObject: () => null },
);
const user = (name: string, ...groups: string[]) => ({
  name,
  groups: [...groups, 'system:authenticated'],
});

it('what a superuser may do is listed as his role says it', () => {
  const review = authorizer.reviewRules(user('m', 'system:masters'), 'shop');
  expect(review.resourceRules[0]).toEqual({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] });
  expect(review.nonResourceRules[0]).toEqual({ verbs: ['*'], nonResourceURLs: ['*'] });
  expect(review.incomplete).toBe(false);
  expect(review).not.toHaveProperty('evaluationError');
});

it('what everybody may do is listed in the order of the bindings', () => {
  expect(authorizer.reviewRules(user('jane'), 'shop')).toEqual({
    resourceRules: [
      {
        verbs: ['create'],
        apiGroups: ['authorization.k8s.io'],
        resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      },
      {
        verbs: ['create'],
        apiGroups: ['authentication.k8s.io'],
        resources: ['selfsubjectreviews'],
      },
    ],
    nonResourceRules: [
      {
        verbs: ['get'],
        nonResourceURLs: [
          '/api',
          '/api/*',
          '/apis',
          '/apis/*',
          '/healthz',
          '/livez',
          '/openapi',
          '/openapi/*',
          '/readyz',
          '/version',
          '/version/',
        ],
      },
      {
        verbs: ['get'],
        nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'],
      },
    ],
    incomplete: false,
  });
});

it('of a node the rules are not all that it may do', () => {
  expect(authorizer.reviewRules(user('system:node:n1', 'system:nodes'), 'shop')).toMatchObject({
    incomplete: true,
    evaluationError: 'node authorizer does not support user rule resolution',
  });
});

it('refusals of nodes tell why', () => {
  const access = {
    isResourceRequest: true,
    verb: 'get',
    apiGroup: '',
    apiVersion: 'v1',
    namespace: 'shop',
    resource: 'secrets',
    subresource: '',
    name: 'x',
  } as const;
  expect(authorizer.authorize(user('system:node:n1', 'system:nodes'), access)).toEqual({
    allowed: false,
    reason: "no relationship found between node 'n1' and this object",
  });
  expect(authorizer.authorize(user('m', 'system:masters'), access)).toEqual({
    allowed: true,
    reason: '',
  });
});
