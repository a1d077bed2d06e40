import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { APIWatch, call, list, statusOf } from '../../workerd/api.ts';
import { createAt, DEFINITIONS_PATH, established } from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { webhookURL } from '../../workerd/webhooks.ts';
import { get, merge, objectOf } from './lifecycle.ts';

const GROUP = 'stable.example.com';
const NAME = `mails.${GROUP}`;
const at = (version: string) => `/apis/${GROUP}/${version}/namespaces/default/mails`;

interface Mail extends KubernetesObject {
  hostPort?: string;
  address?: string;
}

const version = (name: string, storage: boolean, field: string) => ({
  name,
  served: true,
  storage,
  schema: { openAPIV3Schema: { type: 'object', properties: { [field]: { type: 'string' } } } },
});

/** `hostPort` in v1 is `address` in v2; the webhook says so. */
async function clusterWithMails(behaviour = webhookURL('convert', 'hostPort', 'address')) {
  const cluster = freshCluster();
  await createAt(cluster, DEFINITIONS_PATH, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: NAME },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { plural: 'mails', kind: 'Mail' },
      versions: [version('v1', true, 'hostPort'), version('v2', false, 'address')],
      conversion: {
        strategy: 'Webhook',
        webhook: { clientConfig: { url: behaviour }, conversionReviewVersions: ['v1'] },
      },
    },
  });
  await established(cluster, NAME);
  return cluster;
}

/** From now on v2 is what is stored. */
async function flipStorage(cluster: string): Promise<void> {
  const path = `${DEFINITIONS_PATH}/${NAME}`;
  const before = (await get<KubernetesObject>(cluster, path)).metadata.generation ?? 0;
  const { metadata } = await merge(cluster, path, {
    spec: { versions: [version('v1', false, 'hostPort'), version('v2', true, 'address')] },
  });
  expect(metadata.generation).toBe(before + 1);
  // Requests may be served by definitions of up to half a second ago; discovery never is.
  await call(cluster, 'GET', '/apis');
}

const mail = (apiVersion: string, name: string, field: object) => ({
  apiVersion: `${GROUP}/${apiVersion}`,
  kind: 'Mail',
  metadata: { name },
  ...field,
});

describe('conversion webhooks', () => {
  it('[sig-api-machinery] CustomResourceConversionWebhook [Privileged:ClusterAdmin] should be able to convert from CR v1 to CR v2 [Conformance]', async () => {
    const cluster = await clusterWithMails();
    await createAt(cluster, at('v1'), mail('v1', 'a', { hostPort: 'h:1' }));
    const shown = await get<Mail>(cluster, `${at('v2')}/a`);
    expect(shown).toMatchObject({ apiVersion: `${GROUP}/v2`, kind: 'Mail', address: 'h:1' });
    expect(shown.hostPort).toBeUndefined();
    expect(shown.metadata.uid).toBe((await get<Mail>(cluster, `${at('v1')}/a`)).metadata.uid);
  });

  it('[sig-api-machinery] CustomResourceConversionWebhook [Privileged:ClusterAdmin] should be able to convert a non homogeneous list of CRs [Conformance]', async () => {
    const cluster = await clusterWithMails();
    await createAt(cluster, at('v1'), mail('v1', 'a', { hostPort: 'h:1' }));
    await flipStorage(cluster);
    await createAt(cluster, at('v1'), mail('v1', 'b', { hostPort: 'h:2' }));
    const inV2 = await list(cluster, at('v2'));
    expect(inV2.items).toMatchObject([
      { apiVersion: `${GROUP}/v2`, address: 'h:1' },
      { apiVersion: `${GROUP}/v2`, address: 'h:2' },
    ]);
    const inV1 = await list(cluster, at('v1'));
    expect(inV1.items).toMatchObject([
      { apiVersion: `${GROUP}/v1`, hostPort: 'h:1' },
      { apiVersion: `${GROUP}/v1`, hostPort: 'h:2' },
    ]);
  });

  it('CRD-20: writes in any version are stored in one, and watches show them in their own', async () => {
    const cluster = await clusterWithMails();
    const watch = await APIWatch.open(cluster, `${at('v2')}?watch=1`);
    const created = await createAt<Mail>(cluster, at('v2'), mail('v2', 'a', { address: 'h:1' }));
    expect(created).toMatchObject({ apiVersion: `${GROUP}/v2`, address: 'h:1' });
    expect(await get<Mail>(cluster, `${at('v1')}/a`)).toMatchObject({ hostPort: 'h:1' });
    await merge(cluster, `${at('v2')}/a`, { address: 'h:2' });
    await merge(cluster, `${at('v1')}/a`, { hostPort: 'h:3' });
    const seen = [];
    for (let i = 0; i < 3; i++) seen.push(await watch.next());
    expect(seen).toMatchObject([
      { type: 'ADDED', object: { apiVersion: `${GROUP}/v2`, address: 'h:1' } },
      { type: 'MODIFIED', object: { apiVersion: `${GROUP}/v2`, address: 'h:2' } },
      { type: 'MODIFIED', object: { apiVersion: `${GROUP}/v2`, address: 'h:3' } },
    ]);
    await watch.close();
    const gone = await objectOf<Mail>(await call(cluster, 'DELETE', `${at('v2')}/a`));
    expect(gone).toMatchObject({ status: 'Success' });
  });

  it.each([
    [webhookURL('status', '500'), 'an error on the server has prevented the request'],
    [webhookURL('wrong-uid'), 'expected response.uid='],
    [webhookURL('no-response'), 'no response provided'],
  ])('CRD-21: a webhook that is of no use fails the request: %s', async (url, why) => {
    const cluster = await clusterWithMails(url);
    await createAt(cluster, at('v1'), mail('v1', 'a', { hostPort: 'h:1' }));
    const prefix = `conversion webhook for ${GROUP}/v1, Kind=Mail failed: `;
    for (const path of [`${at('v2')}/a`, at('v2')]) {
      const status = await statusOf(await call(cluster, 'GET', path));
      expect(status).toMatchObject({ code: 500, message: expect.stringContaining(why) });
      expect(status.message).toContain(prefix);
    }
    expect((await call(cluster, 'GET', `${at('v1')}/a`)).status).toBe(200);
  });
});
