import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { call, list, statusOf } from '../../workerd/api.ts';
import { createAt, DEFINITIONS_PATH, widgetDefinition } from '../../workerd/definitions.ts';
import { enforce, enforced, repealed } from '../../workerd/policy.ts';
import { configMap, freshCluster } from '../../workerd/stores.ts';
import {
  configurationOf,
  MUTATING,
  mutateBy,
  ruleOf,
  VALIDATING,
  validateBy,
  webhookOf,
  webhookURL,
} from '../../workerd/webhooks.ts';
import { expectDiscovered, get, merge, put } from './lifecycle.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const PODS = '/api/v1/namespaces/default/pods';
const CREATED = ['CREATE configmaps'];
const SELECTED = 'labelSelector=set%3Dyes';

const pod = (name: string, labels: object = {}) => ({
  metadata: { name, labels },
  spec: { containers: [{ name: 'c', image: 'example.com/i' }] },
});

const ADD_KEY = webhookURL('add-data', 'added', 'yes');
const DENY = webhookURL('deny', 'not wanted');

interface ConfigMap extends KubernetesObject {
  data?: Record<string, string>;
}
const make = (cluster: string, name: string, data: Record<string, string> = {}) =>
  createAt<ConfigMap>(cluster, CONFIG_MAPS, configMap(name, data));
const refusal = async (cluster: string, method: string, path: string, body?: object) =>
  statusOf(await call(cluster, method, path, body === undefined ? {} : { body }));

describe('AdmissionWebhook', () => {
  it('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should include webhook resources in discovery documents [Conformance]', async () => {
    const cluster = freshCluster();
    for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']) {
      await expectDiscovered(cluster, {
        group: 'admissionregistration.k8s.io',
        version: 'v1',
        resource: `${kind.toLowerCase()}s`,
        kind,
        namespaced: false,
      });
    }
  });

  it('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to deny pod and configmap creation [Conformance]', async () => {
    const cluster = freshCluster();
    const bad = webhookURL('deny-text', 'disallow');
    await createAt(cluster, '/api/v1/namespaces', {
      metadata: { name: 'exempt', labels: { skip: 'yes' } },
    });
    const others = {
      namespaceSelector: { matchExpressions: [{ key: 'skip', operator: 'DoesNotExist' }] },
    };
    const configuration = configurationOf('a', [
      webhookOf(bad, ['CREATE pods'], { name: 'pods.example.com' }),
      webhookOf(bad, ['CREATE,UPDATE configmaps'], { name: 'maps.example.com', ...others }),
      webhookOf(webhookURL('hang'), ['CREATE pods'], {
        name: 'hanging.example.com',
        timeoutSeconds: 1,
        objectSelector: { matchLabels: { hang: 'yes' } },
      }),
    ]);
    await enforce(cluster, VALIDATING, configuration, ['default', 'exempt']);
    const text = 'denied the request: it contains disallow';
    expect(await refusal(cluster, 'POST', PODS, pod('disallowed'))).toMatchObject({
      code: 400,
      message: `admission webhook "pods.example.com" ${text}`,
    });
    const late = await refusal(cluster, 'POST', PODS, pod('late', { hang: 'yes' }));
    expect(late.code).toBe(500);
    expect(late.message).toContain('failed calling webhook "hanging.example.com"');
    expect(late.message).toContain('context deadline exceeded');
    const denied = { code: 400, message: `admission webhook "maps.example.com" ${text}` };
    const disallowed = configMap('b', { key: 'disallow' });
    expect(await refusal(cluster, 'POST', CONFIG_MAPS, disallowed)).toMatchObject(denied);
    const good = await make(cluster, 'good');
    const updated = { ...good, data: { key: 'disallow' } };
    expect(await refusal(cluster, 'PUT', `${CONFIG_MAPS}/good`, updated)).toMatchObject(denied);
    await expect(
      merge(cluster, `${CONFIG_MAPS}/good`, { data: { key: 'disallow' } }),
    ).rejects.toThrow(text);
    await createAt(cluster, '/api/v1/namespaces/exempt/configmaps', disallowed);
  });

  it('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to deny attaching pod [Conformance]', async () => {
    const cluster = freshCluster();
    await createAt(cluster, PODS, pod('p'));
    await validateBy(
      cluster,
      'a',
      webhookOf(webhookURL('deny', 'no attaching'), ['CONNECT pods/attach']),
    );
    const response = await call(cluster, 'GET', `${PODS}/p/attach?stdin=true`, {
      headers: { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' },
    });
    expect(await statusOf(response)).toMatchObject({
      code: 400,
      message: 'admission webhook "webhook.example.com" denied the request: no attaching',
    });
  });

  it('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should deny crd creation [Conformance]', async () => {
    const cluster = freshCluster();
    await validateBy(
      cluster,
      'a',
      webhookOf(DENY, ['CREATE apiextensions.k8s.io/*/customresourcedefinitions']),
    );
    expect(
      await refusal(cluster, 'POST', DEFINITIONS_PATH, widgetDefinition('shop.example.com')),
    ).toMatchObject({
      code: 400,
      message: 'admission webhook "webhook.example.com" denied the request: not wanted',
    });
  });

  it('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should honor timeout [Conformance]', async () => {
    const cluster = freshCluster();
    const slow = (value: string, more: object) =>
      webhookOf(webhookURL('slow', '1500'), ['CREATE configmaps'], {
        name: `${value}.example.com`,
        objectSelector: { matchLabels: { slow: value } },
        ...more,
      });
    const { timeoutSeconds: _, ...byDefault } = slow('default', {});
    await validateBy(
      cluster,
      'a',
      slow('fails', { timeoutSeconds: 1, failurePolicy: 'Fail' }),
      slow('ignored', { timeoutSeconds: 1, failurePolicy: 'Ignore' }),
      slow('longer', { timeoutSeconds: 3 }),
      byDefault,
    );
    const attempt = async (value: string) =>
      call(cluster, 'POST', CONFIG_MAPS, { body: configMap(value, {}, { slow: value }) });
    const [fails, ...others] = await Promise.all(
      ['fails', 'ignored', 'longer', 'default'].map(attempt),
    );
    const status = await statusOf(fails ?? Response.error());
    expect(status.message).toContain('context deadline exceeded');
    expect(others.map((response) => response.status)).toEqual([201, 201, 201]);
  });

  it('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should unconditionally reject operations on fail closed webhook [Conformance]', async () => {
    const cluster = freshCluster();
    await validateBy(
      cluster,
      'a',
      webhookOf('https://nobody.test/', ['CREATE configmaps'], { failurePolicy: 'Fail' }),
    );
    const status = await refusal(cluster, 'POST', CONFIG_MAPS, configMap('a'));
    expect(status).toMatchObject({ code: 500, reason: 'InternalError' });
    expect(status.message).toContain('failed calling webhook "webhook.example.com"');
  });

  it('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate configmap [Conformance]', async () => {
    const cluster = freshCluster();
    const stage = (name: string, after: string) =>
      webhookOf(webhookURL('add-data', name, 'yes', after), CREATED, {
        name: `${name}.example.com`,
      });
    await mutateBy(cluster, 'a', stage('stage-1', 'start'), stage('stage-2', 'stage-1'));
    expect((await make(cluster, 'a', { start: 'yes' })).data).toEqual({
      start: 'yes',
      'stage-1': 'yes',
      'stage-2': 'yes',
    });
  });

  it('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate pod and apply defaults after mutation [Conformance]', async () => {
    const cluster = freshCluster();
    await mutateBy(cluster, 'a', webhookOf(webhookURL('add-init-container'), ['CREATE pods']));
    const made = await createAt<KubernetesObject>(cluster, PODS, pod('p'));
    expect(made['spec']).toMatchObject({
      initContainers: [
        { name: 'added', terminationMessagePolicy: 'File', imagePullPolicy: 'Always' },
      ],
    });
  });

  it('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should not be able to mutate or prevent deletion of webhook configuration objects [Conformance]', async () => {
    const cluster = freshCluster();
    const rules = [
      '* admissionregistration.k8s.io/*/mutatingwebhookconfigurations,validatingwebhookconfigurations',
    ];
    await validateBy(cluster, 'deny', webhookOf(webhookURL('deny', 'never'), rules));
    await mutateBy(cluster, 'mutate', webhookOf(webhookURL('label', 'touched', 'yes'), rules));
    for (const collection of [MUTATING, VALIDATING]) {
      const made = await enforce(
        cluster,
        collection,
        configurationOf('dummy', [webhookOf(webhookURL('allow'), ['CREATE invalid'])]),
      );
      expect(made.metadata.labels).toBeUndefined();
      const gone = await call(cluster, 'DELETE', `${collection}/dummy`);
      expect(gone.status).toBe(200);
    }
  });

  const KINDS = [
    ['mutating', MUTATING, ADD_KEY],
    ['validating', VALIDATING, DENY],
  ] as const;

  /** Whether a configmap is created as if there were no webhook. */
  async function isUntouched(cluster: string, name: string): Promise<boolean> {
    const response = await call(cluster, 'POST', CONFIG_MAPS, { body: configMap(name) });
    return response.ok && (await response.json<ConfigMap>()).data?.['added'] === undefined;
  }

  it.each(KINDS)(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] patching/updating a %s webhook should work [Conformance]',
    async (_kind, collection, url) => {
      const cluster = freshCluster();
      const made = await enforce(
        cluster,
        collection,
        configurationOf('a', [webhookOf(url, CREATED)]),
      );
      expect(await isUntouched(cluster, 'a')).toBe(false);
      const off = [webhookOf(url, ['UPDATE configmaps'])];
      await enforced(
        cluster,
        collection,
        await put(cluster, `${collection}/a`, { ...made, webhooks: off }),
      );
      expect(await isUntouched(cluster, 'b')).toBe(true);
      const patched = await call(cluster, 'PATCH', `${collection}/a`, {
        headers: { 'Content-Type': 'application/json-patch+json' },
        body: [{ op: 'replace', path: '/webhooks/0/rules', value: [ruleOf('CREATE configmaps')] }],
      });
      await enforced(cluster, collection, await patched.json<KubernetesObject>());
      expect(await isUntouched(cluster, 'c')).toBe(false);
    },
  );

  it.each(KINDS)(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] listing %s webhooks should work [Conformance]',
    async (_kind, collection, url) => {
      const cluster = freshCluster();
      for (let i = 0; i < 10; i++) {
        const webhook = webhookOf(url, CREATED, { name: `w${i}.example.com` });
        const configuration = configurationOf(`c${i}`, [webhook], { labels: { set: 'yes' } });
        await enforce(cluster, collection, configuration);
      }
      expect((await list(cluster, `${collection}?${SELECTED}`)).items).toHaveLength(10);
      expect(await isUntouched(cluster, 'a')).toBe(false);
      await call(cluster, 'DELETE', `${collection}?${SELECTED}`);
      for (let i = 0; i < 10; i++) await repealed(cluster, collection, `c${i}`);
      expect((await list(cluster, collection)).items).toEqual([]);
      expect(await isUntouched(cluster, 'b')).toBe(true);
    },
  );

  it.each(KINDS)(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to create and update %s webhook configurations with match conditions [Conformance]',
    async (_kind, collection, url) => {
      const cluster = freshCluster();
      const conditions = (...expressions: string[]) =>
        expressions.map((expression, i) => ({ name: `condition-${i}`, expression }));
      const first = conditions("object.metadata.namespace == 'production'");
      const webhook = webhookOf(url, CREATED, { matchConditions: first });
      const made = await createAt<KubernetesObject>(
        cluster,
        collection,
        configurationOf('a', [webhook]),
      );
      expect(made['webhooks']).toMatchObject([{ matchConditions: first }]);
      expect(await get(cluster, `${collection}/a`)).toEqual(made);
      const second = conditions("object.metadata.namespace == 'staging'", 'true');
      const updated = await put(cluster, `${collection}/a`, {
        ...made,
        webhooks: [{ ...webhook, matchConditions: second }],
      });
      expect(updated['webhooks']).toMatchObject([{ matchConditions: second }]);
    },
  );

  it.each(KINDS)(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should reject %s webhook configurations with invalid match conditions [Conformance]',
    async (_kind, collection, url) => {
      const matchConditions = [{ name: 'bad', expression: '... [] bad expression' }];
      const configuration = configurationOf('a', [webhookOf(url, CREATED, { matchConditions })]);
      const status = await refusal(freshCluster(), 'POST', collection, configuration);
      expect(status.code).toBe(422);
      expect(status.message).toContain('compilation failed');
    },
  );

  it("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate everything except 'skip-me' configmaps [Conformance]", async () => {
    const cluster = freshCluster();
    const matchConditions = [{ name: 'skip', expression: "object.metadata.name != 'skip-me'" }];
    await mutateBy(cluster, 'a', webhookOf(ADD_KEY, CREATED, { matchConditions }));
    expect((await make(cluster, 'skip-me')).data ?? {}).toEqual({});
    expect((await make(cluster, 'other')).data).toEqual({ added: 'yes' });
  });
});
