import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { describeWithKubectl, kubectlVersions } from './harness/kubectl.ts';
import { kubectlInNamespace } from './harness/kubectl-in-namespace.ts';
import { container, deployment } from './harness/manifests.ts';
import { until } from './harness/until.ts';

/** Busy for as long as the config map that is mounted at /load has a key of that name. */
const BURN = `trap 'exit 0' TERM
while true; do
  if [ -e /load/busy ]; then i=0; while [ $i -lt 5000 ]; do i=$((i+1)); done
  else sleep 3 & wait $!; fi
done`;

/** So little that five of them leave the machine to others. */
const RESOURCES = { requests: { cpu: '50m', memory: '16Mi' }, limits: { cpu: '100m' } };

const load = (data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'load' },
  data,
});

const burning = deployment(
  'web',
  1,
  {},
  {
    containers: [
      container({
        script: BURN,
        resources: RESOURCES,
        volumeMounts: [{ name: 'load', mountPath: '/load' }],
      }),
    ],
    volumes: [{ name: 'load', configMap: { name: 'load' } }],
  },
);

interface Autoscaler {
  readonly status?: {
    readonly conditions?: { type: string; status: string; reason: string }[];
  };
}

describeWithKubectl('autoscaling', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('autoscaling');
  });
  afterAll(() => cluster?.stop());

  it.concurrent(
    'a deployment goes from one to five replicas under load, and back when it ends',
    { timeout: 300_000 },
    async () => {
      const namespace = await cluster.namespace();
      const output = (...args: string[]) => cluster.kubectlOutput(['-n', namespace, ...args]);
      const replicas = () => output('get', 'deployment', 'web', '-o', 'jsonpath={.spec.replicas}');
      const ready = () =>
        output('get', 'deployment', 'web', '-o', 'jsonpath={.status.readyReplicas}');
      await cluster.apply(namespace, load({ busy: '' }));
      await cluster.apply(namespace, burning);
      await output('rollout', 'status', 'deployment/web', '--timeout=60s');
      expect(
        await output('autoscale', 'deployment/web', '--min=1', '--max=5', '--cpu-percent=50'),
      ).toBe('horizontalpodautoscaler.autoscaling/web autoscaled\n');
      const behavior = { scaleDown: { stabilizationWindowSeconds: 0 } };
      await output(
        'patch',
        'hpa',
        'web',
        '--type=merge',
        `-p={"spec":{"behavior":${JSON.stringify(behavior)}}}`,
      );
      await until('five replicas', async () => (await replicas()) === '5', 120_000);
      await until('they run', async () => (await ready()) === '5');
      const table = await output('get', 'hpa', 'web', '--no-headers');
      expect(table).toMatch(/^web +Deployment\/web +cpu: \d+%\/50% +1 +5 +[1-5] +/);
      const { status } = JSON.parse(await output('get', 'hpa', 'web', '-o', 'json')) as Autoscaler;
      const active = status?.conditions?.find(({ type }) => type === 'ScalingActive');
      expect(active).toMatchObject({ status: 'True', reason: 'ValidMetricFound' });
      await cluster.apply(namespace, load({}));
      await until('one replica', async () => (await replicas()) === '1', 120_000);
      const description = await output('describe', 'hpa', 'web');
      expect(description).toMatch(/resource cpu on pods +\(as a percentage of request\): +\d+%/);
      expect(description).toMatch(/AbleToScale +True +\w+/);
      expect(description).toMatch(/SuccessfulRescale +.*New size: 5; reason: cpu resource/);
      expect(description).toContain('New size: 1; reason: All metrics below target');
    },
  );

  it.concurrent(
    'kubectl top of any version shows what pods, their containers and nodes use',
    { timeout: 240_000 },
    async () => {
      const namespace = await cluster.namespace();
      await cluster.apply(
        namespace,
        deployment('idle', 1, {}, { containers: [container(), container({ name: 'side' })] }),
      );
      await cluster.kubectlOutput(['-n', namespace, 'rollout', 'status', 'deployment/idle']);
      for (const { path } of kubectlVersions) {
        const top = async (...args: string[]) => {
          const { code, stdout, stderr } = await cluster.kubectlAt(path, ['top', ...args]);
          if (code !== 0) throw new Error(stderr);
          return stdout;
        };
        const row = /idle-\S+ +\d+m +\d+Mi/;
        await until('the pod is measured', async () =>
          row.test(await top('pods', '-n', namespace)),
        );
        expect(await top('pods', '-n', namespace, '-l', 'app=idle', '--sort-by=memory')).toMatch(
          row,
        );
        const containers = await top('pods', '-n', namespace, '--containers', '--no-headers');
        expect(containers).toMatch(/^idle-\S+ +main +\d+m +\d+Mi *\nidle-\S+ +side +\d+m +\d+Mi/);
        expect(await top('pods', '-A', '--sort-by=cpu')).toContain(`${namespace} `);
        const nodes = await top('nodes', '--no-headers');
        expect(nodes).toMatch(new RegExp(`^${cluster.nodeName} +\\d+m +\\d+% +\\d+Mi +\\d+%`));
        expect(await top('node', cluster.nodeName)).toContain(cluster.nodeName);
      }
    },
  );

  it.concurrent(
    'kubectl autoscale of any version makes autoscalers of all that can be scaled',
    { timeout: 240_000 },
    async () => {
      for (const { path } of kubectlVersions) {
        const { namespace, output } = await kubectlInNamespace(cluster, path);
        const template = (deployment('web', 0) as { spec: object }).spec as Record<string, unknown>;
        const workload = (apiVersion: string, kind: string, name: string, spec: object) =>
          cluster.apply(namespace, { apiVersion, kind, metadata: { name }, spec });
        await cluster.apply(namespace, deployment('web', 0));
        await workload('apps/v1', 'ReplicaSet', 'rs', template);
        await workload('apps/v1', 'StatefulSet', 'sts', { ...template, serviceName: 'web' });
        await workload('v1', 'ReplicationController', 'rc', {
          ...template,
          selector: { app: 'web' },
        });
        for (const target of ['deployment/web', 'rs/rs', 'sts/sts', 'rc/rc']) {
          await output(['autoscale', target, '--max=3', '--cpu-percent=70']);
        }
        const shown = await output(['get', 'hpa', '--no-headers']);
        expect(shown).toMatch(/^rc +ReplicationController\/rc +\S* *<unknown>\/70% +1 +3 +0 /m);
        expect(shown.trim().split('\n')).toHaveLength(4);
      }
    },
  );
});
