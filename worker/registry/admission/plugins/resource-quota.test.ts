import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { contextOf, infoOf, refusalOf, request } from '../../../../test/plugin-harness.ts';
import { QuotaLedger } from '../../quota/ledger.ts';
import { newResourceQuotaPlugin } from './resource-quota.ts';

type Objects = Record<string, readonly KubernetesObject[]>;

const quota = (name: string, hard: object, more: object = {}): KubernetesObject => ({
  metadata: { name },
  spec: { hard, ...more },
});

const pod = (name: string, resources: object, more: object = {}): KubernetesObject => ({
  metadata: { name, resourceVersion: '1' },
  spec: { containers: [{ name: 'c1', resources }], ...more },
});

function refusal(objects: Objects, resource: string, given: Parameters<typeof request>[1]) {
  const context = contextOf(objects);
  const ledger = new QuotaLedger({
    list: (name) => context.list(name),
    get: (...key) => context.get(...key),
    isNamespaced: (name) => infoOf(name).namespaced,
  });
  return refusalOf(
    newResourceQuotaPlugin(() => ledger),
    request(resource, given),
    context,
  );
}

const CPU_1 = { requests: { cpu: '1' } };

describe('ResourceQuota', () => {
  it('lets through what fits, and refuses what does not', () => {
    const objects = { resourcequotas: [quota('q', { cpu: '2' })], pods: [pod('a', CPU_1)] };
    expect(refusal(objects, 'pods', { object: pod('b', CPU_1) })).toBeNull();
    expect(refusal(objects, 'pods', { object: pod('b', { requests: { cpu: '2' } }) })).toBe(
      'pods "b" is forbidden: exceeded quota: q, requested: cpu=2, used: cpu=1, limited: cpu=2',
    );
  });

  it('names everything that there is too much of, and the object by what it has for a name', () => {
    const objects = {
      resourcequotas: [quota('q', { 'limits.memory': '1Gi', 'requests.cpu': '500m', pods: '3' })],
    };
    const object = pod('', { requests: { cpu: '1500m' }, limits: { memory: '2048Mi' } });
    object.metadata = { generateName: 'web-' };
    expect(refusal(objects, 'pods', { object })).toBe(
      'pods "web-" is forbidden: exceeded quota: q, requested: limits.memory=2Gi,requests.cpu=1500m, used: limits.memory=0,requests.cpu=0, limited: limits.memory=1Gi,requests.cpu=500m',
    );
  });

  it('wants to be told what is limited', () => {
    const objects = { resourcequotas: [quota('q', { cpu: '2', 'limits.memory': '1Gi' })] };
    expect(refusal(objects, 'pods', { object: pod('a', {}) })).toBe(
      'pods "a" is forbidden: failed quota: q: must specify cpu for: c1; limits.memory for: c1',
    );
  });

  it('asks only quotas that the object is in the scope of', () => {
    const objects = { resourcequotas: [quota('q', { pods: '0' }, { scopes: ['BestEffort'] })] };
    expect(refusal(objects, 'pods', { object: pod('a', CPU_1) })).toBeNull();
    expect(refusal(objects, 'pods', { object: pod('a', {}) })).toBe(
      'pods "a" is forbidden: exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0',
    );
  });

  it('counts objects of any resource, in any version', () => {
    const objects = {
      resourcequotas: [quota('q', { 'count/deployments.apps': '1', configmaps: '0' })],
      'deployments.apps': [{ metadata: { name: 'web' } }],
    };
    const object = { metadata: { name: 'api' } };
    expect(refusal(objects, 'deployments.apps', { object })).toBe(
      'deployments.apps "api" is forbidden: exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=1, limited: count/deployments.apps=1',
    );
    expect(refusal(objects, 'configmaps', { object })).toMatch(/requested: configmaps=1/);
    expect(refusal(objects, 'secrets', { object })).toBeNull();
    expect(refusal(objects, 'deployments.apps', { object, operation: 'UPDATE' })).toBeNull();
    expect(refusal(objects, 'configmaps', { object, subresource: 'whatever' })).toBeNull();
  });

  it('charges an update for what it adds', () => {
    const service = (type: string): KubernetesObject => ({
      metadata: { name: 's', resourceVersion: '1' },
      spec: { type, ports: [{ port: 1 }, { port: 2 }] },
    });
    const objects = {
      resourcequotas: [quota('q', { services: '1', 'services.nodeports': '1' })],
      services: [service('ClusterIP')],
    };
    const update = (type: string) => ({
      operation: 'UPDATE' as const,
      object: service(type),
      oldObject: service('ClusterIP'),
    });
    expect(refusal(objects, 'services', update('ClusterIP'))).toBeNull();
    expect(refusal(objects, 'services', update('NodePort'))).toBe(
      'services "s" is forbidden: exceeded quota: q, requested: services.nodeports=2, used: services.nodeports=0, limited: services.nodeports=1',
    );
  });

  it('charges a resized pod, and nothing for other updates of it', () => {
    const [old, object] = [pod('a', CPU_1), pod('a', { requests: { cpu: '3' } })];
    const objects = { resourcequotas: [quota('q', { cpu: '2' })], pods: [old] };
    const given = { operation: 'UPDATE' as const, object, oldObject: old };
    expect(refusal(objects, 'pods', given)).toBeNull();
    expect(refusal(objects, 'pods', { ...given, subresource: 'status' })).toBeNull();
    expect(refusal(objects, 'pods', { ...given, subresource: 'resize' })).toBe(
      'pods "a" is forbidden: exceeded quota: q, requested: cpu=2, used: cpu=1, limited: cpu=2',
    );
  });

  it('charges in full for what comes into a scope', () => {
    const old = pod('a', CPU_1);
    const object = pod('a', CPU_1, { activeDeadlineSeconds: 60 });
    const objects = {
      resourcequotas: [quota('q', { pods: '0' }, { scopes: ['Terminating'] })],
      pods: [old],
    };
    expect(refusal(objects, 'pods', { operation: 'UPDATE', object, oldObject: old })).toMatch(
      /exceeded quota: q, requested: pods=1, used: pods=0/,
    );
  });

  it('lets shrink what is beyond a limit that came later', () => {
    const claim = (storage: string): KubernetesObject => ({
      metadata: { name: 'c', resourceVersion: '1' },
      spec: { resources: { requests: { storage } } },
    });
    const objects = {
      resourcequotas: [quota('q', { 'requests.storage': '1Gi' })],
      persistentvolumeclaims: [claim('5Gi')],
    };
    const to = (storage: string) =>
      refusal(objects, 'persistentvolumeclaims', {
        operation: 'UPDATE',
        object: claim(storage),
        oldObject: claim('5Gi'),
      });
    expect([to('4Gi'), to('5Gi')]).toEqual([null, null]);
    expect(to('6Gi')).toMatch(/requested: requests.storage=1Gi, used: requests.storage=5Gi/);
  });

  it('knows nothing of the cluster scope', () => {
    const objects = { resourcequotas: [quota('q', { 'count/namespaces': '0' })] };
    const object = { metadata: { name: 'n' } };
    expect(refusal(objects, 'namespaces', { object, namespace: 'n' })).toBeNull();
  });
});
