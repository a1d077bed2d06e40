import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { EndpointLoad } from './harness/endpoint-load.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { container, deployment } from './harness/manifests.ts';
import { until } from './harness/until.ts';

const PORT = 8080;

/** Serves the version that `VERSION` says, and goes on for two seconds after it is told to end. */
const SERVE = [
  'mkdir /www; echo $VERSION > /www/index.html',
  `httpd -f -p ${PORT} -h /www & server=$!`,
  "trap 'sleep 2; kill $server; exit 0' TERM",
  'wait $server',
].join('\n');

describeWithKubectl('a rolling update under load', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('rolling-update');
  });
  afterAll(() => cluster?.stop());

  it('with maxUnavailable 0 fails no request, forth and back', async () => {
    const namespace = await cluster.namespace();
    const kubectl = (...args: string[]) => cluster.kubectlOutput(['-n', namespace, ...args]);
    const rolledOut = () => kubectl('rollout', 'status', 'deployment/web', '--timeout=90s');
    const web = container({
      script: SERVE,
      env: [{ name: 'VERSION', value: 'one' }],
      ports: [{ containerPort: PORT }],
      readinessProbe: { httpGet: { path: '/', port: PORT }, periodSeconds: 1 },
    });
    const strategy = { rollingUpdate: { maxUnavailable: 0, maxSurge: 2 } };
    await cluster.apply(
      namespace,
      deployment('web', 4, { strategy }, { containers: [web], terminationGracePeriodSeconds: 10 }),
    );
    await kubectl('expose', 'deployment', 'web', `--port=${PORT}`);
    await rolledOut();
    const ready = () =>
      kubectl(
        'get',
        'endpointslices',
        '-o',
        'jsonpath={.items[*].endpoints[?(@.conditions.ready==true)].addresses[0]}',
      );
    await until('four endpoints', async () => (await ready()).split(' ').length === 4);

    const load = await EndpointLoad.start(cluster, namespace);
    const answered = (version: string) => load.answers.get(version) ?? 0;
    try {
      await until('the load runs', () => answered('one') > 100);
      await kubectl('set', 'env', 'deployment/web', 'VERSION=two');
      await rolledOut();
      await until('the second version answers', () => answered('two') > 100);
      await kubectl('rollout', 'undo', 'deployment/web');
      await rolledOut();
      const before = answered('one');
      await until('the first version answers again', () => answered('one') > before + 100);
    } finally {
      await load.stop();
    }
    expect(load.failures).toEqual([]);
    expect([...load.answers.keys()].sort()).toEqual(['one', 'two']);
  });
});
