import { describe, expect, it } from 'vitest';
import type { AccessAttributes } from '../authorizer.ts';
import type { PolicyRule } from './policy-rule.ts';
import { ruleAllows } from './rule-matching.ts';

/** `get deployments.apps/scale web` or `get /healthz`. */
function access(text: string): AccessAttributes {
  const [verb = '', target = '', name = ''] = text.split(' ');
  if (target.startsWith('/')) return { isResourceRequest: false, verb, path: target };
  const [qualified = '', subresource = ''] = target.split('/');
  const [resource = '', ...group] = qualified.split('.');
  const rest = { apiGroup: group.join('.'), apiVersion: 'v1', namespace: 'shop' };
  return { isResourceRequest: true, verb, ...rest, resource, subresource, name };
}

const PODS: PolicyRule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };

describe('a rule about resources', () => {
  it.each<[string, PolicyRule, boolean]>([
    ['get pods web', PODS, true],
    ['list pods', PODS, true],
    ['watch pods', PODS, false],
    ['get services web', PODS, false],
    ['get pods.metrics.k8s.io web', PODS, false],
    ['get pods/log web', PODS, false],
    ['get /pods', PODS, false],
    ['use pods', { ...PODS, verbs: ['*'] }, true],
    ['get pods.metrics.k8s.io', { ...PODS, apiGroups: ['*'] }, true],
    ['get services', { ...PODS, resources: ['*'] }, true],
    ['get services/status', { ...PODS, resources: ['*'] }, true],
    ['get pods/log', { ...PODS, resources: ['pods/log'] }, true],
    ['get pods', { ...PODS, resources: ['pods/log'] }, false],
    ['get pods/log', { ...PODS, resources: ['pods/*'] }, false],
    ['get pods/scale', { ...PODS, resources: ['*/scale'] }, true],
    ['get pods/status', { ...PODS, resources: ['*/scale'] }, false],
    ['get pods', { ...PODS, resources: ['*/scale'] }, false],
    ['get pods', { ...PODS, resources: ['*/'] }, false],
    ['get pods', { ...PODS, resources: [] }, false],
    ['get pods', { verbs: ['get'] }, false],
    ['get pods', { verbs: [], apiGroups: [''], resources: ['pods'] }, false],
    ['get pods web', { ...PODS, resourceNames: ['web', 'db'] }, true],
    ['get pods api', { ...PODS, resourceNames: ['web', 'db'] }, false],
    ['list pods', { ...PODS, resourceNames: ['web'] }, false],
    ['list pods', { ...PODS, resourceNames: [] }, true],
  ])('to %s is asked of %j: %s', (text, rule, want) => {
    expect(ruleAllows(rule, access(text))).toBe(want);
  });
});

describe('a rule about paths', () => {
  it.each<[string, string[], boolean]>([
    ['get /healthz', ['/healthz'], true],
    ['get /healthz/', ['/healthz'], false],
    ['get /healthz/etcd', ['/healthz'], false],
    ['get /healthz/etcd', ['/healthz/*'], true],
    ['get /healthz', ['/healthz/*'], false],
    ['get /healthz', ['/healthz*'], true],
    ['get /healthz', ['/healthz**'], true],
    ['get /healthz', ['*'], true],
    ['get /healthz', ['/h*z'], false],
    ['post /healthz', ['*'], false],
    ['get pods', ['*'], false],
  ])('to %s is asked of %j: %s', (text, nonResourceURLs, want) => {
    expect(ruleAllows({ verbs: ['get'], nonResourceURLs }, access(text))).toBe(want);
  });
});
