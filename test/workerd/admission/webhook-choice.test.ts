import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { call, list, statusOf } from '../api.ts';
import { createAt } from '../definitions.ts';
import { enforce } from '../policy.ts';
import { configMap, createNamespace, freshCluster } from '../stores.ts';
import {
  configurationOf,
  MUTATING,
  mutateBy,
  ruleOf,
  VALIDATING,
  validateBy,
  webhookOf,
  webhookURL,
} from '../webhooks.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const PODS = '/api/v1/namespaces/default/pods';
const SCALERS = (version: string) =>
  `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`;
const CREATED = ['CREATE configmaps'];

const pod = (name: string) => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i' }] },
});
const append = (word: string, rules: string[], more: object = {}) =>
  webhookOf(webhookURL('append', word), rules, { name: `${word}.example.com`, ...more });
const orderOf = ({ metadata }: KubernetesObject) => metadata.annotations?.['order'];
const make = (cluster: string, path: string, body: object) =>
  createAt<KubernetesObject>(cluster, path, body);

describe('which webhooks are asked', () => {
  it('HOOK-8: all that match, by the names of their configurations and then in their order', async () => {
    const cluster = freshCluster();
    await mutateBy(cluster, 'z', append('5', CREATED));
    await mutateBy(cluster, 'b', append('3', CREATED), append('4', CREATED));
    await mutateBy(cluster, 'a', append('2', CREATED), append('1', CREATED));
    expect(orderOf(await make(cluster, MAPS, configMap('a')))).toBe('21345');
  });

  it('HOOK-9: those that want it once more, when another one changed the object after them', async () => {
    const cluster = freshCluster();
    const again = { reinvocationPolicy: 'IfNeeded' };
    await mutateBy(
      cluster,
      'a',
      append('a', CREATED, again),
      append('b', CREATED),
      webhookOf(webhookURL('allow'), CREATED),
    );
    expect(orderOf(await make(cluster, MAPS, configMap('a')))).toBe('aba');
    const alone = freshCluster();
    await mutateBy(alone, 'a', append('b', CREATED), append('a', CREATED, again));
    expect(orderOf(await make(alone, MAPS, configMap('a')))).toBe('ba');
  });

  it('HOOK-10: before plugins look again at what webhooks made of the object', async () => {
    const cluster = freshCluster();
    await make(cluster, '/api/v1/namespaces/default/limitranges', {
      metadata: { name: 'r' },
      spec: { limits: [{ type: 'Container', default: { cpu: '100m' } }] },
    });
    await mutateBy(cluster, 'a', webhookOf(webhookURL('add-init-container'), ['CREATE pods']));
    expect((await make(cluster, PODS, pod('p')))['spec']).toMatchObject({
      initContainers: [{ name: 'added', resources: { limits: { cpu: '100m' } } }],
    });
  });

  it('HOOK-11: by the labels of the namespace, and by those of the object or what it was', async () => {
    const cluster = freshCluster();
    await createNamespace(cluster, 'other');
    const byNamespace = { matchLabels: { 'kubernetes.io/metadata.name': 'other' } };
    const byObject = { matchLabels: { watched: 'yes' } };
    await enforce(
      cluster,
      VALIDATING,
      configurationOf('a', [
        webhookOf(webhookURL('deny', 'namespace'), ['CREATE configmaps'], {
          name: 'a.example.com',
          namespaceSelector: byNamespace,
        }),
        webhookOf(webhookURL('deny', 'object'), ['UPDATE configmaps'], {
          name: 'b.example.com',
          objectSelector: byObject,
        }),
      ]),
      ['default', 'other'],
    );
    const other = '/api/v1/namespaces/other/configmaps';
    const denied = await statusOf(await call(cluster, 'POST', other, { body: configMap('a') }));
    expect(denied.message).toContain('denied the request: namespace');
    const made = await make(cluster, MAPS, configMap('a', {}, { watched: 'yes' }));
    const put = async (labels: object) =>
      statusOf(
        await call(cluster, 'PUT', `${MAPS}/a`, {
          body: { ...made, metadata: { ...made.metadata, labels } },
        }),
      );
    expect((await put({ watched: 'no' })).message).toContain('denied the request: object');
    const free = await make(cluster, MAPS, configMap('b'));
    const taken = await call(cluster, 'PUT', `${MAPS}/b`, {
      body: { ...free, metadata: { ...free.metadata, labels: { watched: 'yes' } } },
    });
    expect((await statusOf(taken)).message).toContain('denied the request: object');
    await call(cluster, 'PUT', `${MAPS}/b`, { body: { ...free, data: { a: 'b' } } }).then((r) =>
      expect(r.status).toBe(200),
    );
  });

  it('HOOK-12: also by another version of the resource, in which they then see it, unless they are exact', async () => {
    const cluster = freshCluster();
    const rules = ['CREATE autoscaling/v1/horizontalpodautoscalers'];
    await validateBy(
      cluster,
      'a',
      webhookOf(webhookURL('deny', 'exact'), rules, {
        name: 'a.example.com',
        matchPolicy: 'Exact',
      }),
      webhookOf(webhookURL('tell'), rules, { name: 'b.example.com', matchPolicy: 'Equivalent' }),
    );
    const spec = {
      maxReplicas: 3,
      scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' },
    };
    const resource = {
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
    };
    const { message = '' } = await statusOf(
      await call(cluster, 'POST', SCALERS('v2'), {
        body: { metadata: { name: 'a' }, spec: { ...spec, metrics: [resource] } },
      }),
    );
    expect(message).toContain('"b.example.com"');
    expect(JSON.parse(message.slice(message.indexOf('{')))).toMatchObject({
      kind: { group: 'autoscaling', version: 'v1', kind: 'HorizontalPodAutoscaler' },
      requestKind: { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' },
      object: { apiVersion: 'autoscaling/v1', spec: { targetCPUUtilizationPercentage: 50 } },
    });
    const first = await statusOf(
      await call(cluster, 'POST', SCALERS('v1'), { body: { metadata: { name: 'a' }, spec } }),
    );
    expect(first.message).toContain('exact');
  });

  it('HOOK-13: of subresources and of scopes only those that rules name', async () => {
    const cluster = freshCluster();
    await enforce(
      cluster,
      VALIDATING,
      configurationOf('a', [
        {
          ...webhookOf(webhookURL('deny', 'cluster scope'), []),
          name: 'a.example.com',
          rules: [ruleOf('CREATE namespaces,configmaps', 'Cluster')],
        },
        webhookOf(webhookURL('deny', 'status'), ['UPDATE pods/status'], { name: 'b.example.com' }),
      ]),
    );
    await make(cluster, MAPS, configMap('a'));
    const namespace = await call(cluster, 'POST', '/api/v1/namespaces', {
      body: { metadata: { name: 'n' } },
    });
    expect((await statusOf(namespace)).message).toContain('cluster scope');
    const made = await make(cluster, PODS, pod('p'));
    const patch = (path: string) =>
      call(cluster, 'PATCH', path, {
        headers: { 'Content-Type': 'application/merge-patch+json' },
        body: { metadata: { labels: { a: 'b' } }, status: { phase: 'Running' } },
      });
    expect((await patch(`${PODS}/p`)).status).toBe(200);
    expect((await statusOf(await patch(`${PODS}/p/status`))).message).toContain('status');
    expect(made.metadata.name).toBe('p');
  });

  it('HOOK-14: about every object of a collection that is deleted, however many', async () => {
    const cluster = freshCluster();
    const names = Array.from({ length: 300 }, (_, i) => `m${i}`);
    for (let i = 0; i < names.length; i += 50) {
      await Promise.all(names.slice(i, i + 50).map((name) => make(cluster, MAPS, configMap(name))));
    }
    await make(cluster, MAPS, configMap('kept', { text: 'disallow' }));
    await validateBy(
      cluster,
      'a',
      webhookOf(webhookURL('deny-text', 'disallow'), ['DELETE configmaps']),
    );
    const refused = await statusOf(await call(cluster, 'DELETE', MAPS));
    expect(refused.message).toContain('denied the request');
    expect((await list(cluster, `${MAPS}/?limit=1`)).items).not.toEqual([]);
    const gone = await call(cluster, 'DELETE', `${MAPS}?fieldSelector=metadata.name!%3Dkept`);
    expect(gone.status).toBe(200);
    await gone.body?.cancel();
    expect((await list(cluster, MAPS)).items.map((o) => o.metadata.name)).toEqual(['kept']);
  });

  it('HOOK-15: not about webhooks and policies themselves, and not about reviews', async () => {
    const cluster = freshCluster();
    await validateBy(cluster, 'a', webhookOf(webhookURL('deny', 'all'), ['* */*/*']));
    await call(cluster, 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      body: { spec: { nonResourceAttributes: { path: '/', verb: 'get' } } },
    }).then((r) => expect(r.status).toBe(201));
    const blocked = await statusOf(await call(cluster, 'POST', MAPS, { body: configMap('a') }));
    expect(blocked.message).toContain('denied the request: all');
    await enforce(cluster, MUTATING, configurationOf('free', []));
    expect((await call(cluster, 'DELETE', `${VALIDATING}/a`)).status).toBe(200);
  });
});
