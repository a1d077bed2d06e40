import { describe, expect, it } from 'vitest';
import { call, statusOf } from '../api.ts';
import { createAt } from '../definitions.ts';
import { createNamespace, freshCluster } from '../stores.ts';
import { repeal } from '../policy.ts';
import { VALIDATING, validateBy, webhookOf, webhookURL } from '../webhooks.ts';

const DEFAULT = '/api/v1/namespaces/default';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const pod = (name: string) => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i' }] },
});

/** What the webhook of the tests says that it was asked. */
async function told(response: Response): Promise<object> {
  const { message = '' } = await statusOf(response);
  return JSON.parse(message.slice(message.indexOf('{'))) as object;
}

const kind = (group: string, version: string, name: string) => ({ group, version, kind: name });

describe('webhooks for subresources', () => {
  it('HOOK-19: see the kinds that these take', async () => {
    const cluster = freshCluster();
    await createAt(cluster, `${DEFAULT}/pods`, pod('p'));
    await createAt(cluster, DEPLOYMENTS, {
      metadata: { name: 'd' },
      spec: {
        replicas: 0,
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: pod('x').spec },
      },
    });
    await validateBy(
      cluster,
      'a',
      webhookOf(webhookURL('tell'), [
        'UPDATE apps/v1/deployments/scale',
        'CREATE pods/binding',
        'CREATE serviceaccounts/token',
        'CONNECT pods/exec',
      ]),
    );
    const scale = await call(cluster, 'PATCH', `${DEPLOYMENTS}/d/scale`, {
      headers: { 'Content-Type': 'application/merge-patch+json' },
      body: { spec: { replicas: 3 } },
    });
    expect(await told(scale)).toMatchObject({
      kind: kind('autoscaling', 'v1', 'Scale'),
      resource: { group: 'apps', version: 'v1', resource: 'deployments' },
      subResource: 'scale',
      requestSubResource: 'scale',
      name: 'd',
      operation: 'UPDATE',
      object: { kind: 'Scale', spec: { replicas: 3 } },
      oldObject: { kind: 'Scale', metadata: { name: 'd' } },
    });
    const binding = await call(cluster, 'POST', `${DEFAULT}/pods/p/binding`, {
      body: {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name: 'p' },
        target: { kind: 'Node', name: 'n1' },
      },
    });
    expect(await told(binding)).toMatchObject({
      kind: kind('', 'v1', 'Binding'),
      resource: { group: '', version: 'v1', resource: 'pods' },
      subResource: 'binding',
      name: 'p',
      operation: 'CREATE',
      object: { kind: 'Binding', target: { name: 'n1' } },
      oldObject: null,
    });
    const token = await call(cluster, 'POST', `${DEFAULT}/serviceaccounts/default/token`, {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    });
    expect(await told(token)).toMatchObject({
      kind: kind('authentication.k8s.io', 'v1', 'TokenRequest'),
      subResource: 'token',
      name: 'default',
      operation: 'CREATE',
      object: { kind: 'TokenRequest', spec: { expirationSeconds: 3_600 } },
    });
    const exec = await call(
      cluster,
      'GET',
      `${DEFAULT}/pods/p/exec?command=ls&command=-l&stdout=1`,
      {
        headers: { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' },
      },
    );
    expect(await told(exec)).toMatchObject({
      kind: kind('', 'v1', 'PodExecOptions'),
      resource: { group: '', version: 'v1', resource: 'pods' },
      subResource: 'exec',
      name: 'p',
      operation: 'CONNECT',
      object: { kind: 'PodExecOptions', command: ['ls', '-l'], stdout: true },
      oldObject: null,
    });
  });

  it('HOOK-20: about Namespaces are chosen by the labels of these themselves', async () => {
    const cluster = freshCluster();
    await createNamespace(cluster, 'kept');
    const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': 'kept' } };
    await validateBy(
      cluster,
      'a',
      webhookOf(webhookURL('deny', 'it stays'), ['DELETE namespaces'], { namespaceSelector }),
    );
    const remove = (name: string) => call(cluster, 'DELETE', `/api/v1/namespaces/${name}`);
    expect((await statusOf(await remove('kept'))).message).toContain('it stays');
    await createNamespace(cluster, 'other');
    expect((await remove('other')).status).toBe(200);
    await repeal(cluster, VALIDATING, 'a');
    expect((await remove('kept')).status).toBe(200);
  });
});
