import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { describeWithKubectl, kubectlVersions } from './harness/kubectl.ts';
import { deployment } from './harness/manifests.ts';
import type { RunOptions } from './harness/processes.ts';

/** `kubectl create <kind>` and the like: what is typed, and what `get -o name` then shows. */
const CREATED: readonly { readonly args: string; readonly want: string }[] = [
  { args: 'create configmap cm --from-literal=a=b', want: 'configmap/cm' },
  { args: 'create secret generic s1 --from-literal=a=b', want: 'secret/s1' },
  {
    args: 'create secret docker-registry s2 --docker-server=r.example --docker-username=u --docker-password=p',
    want: 'secret/s2',
  },
  { args: 'create serviceaccount sa', want: 'serviceaccount/sa' },
  { args: 'create deployment web --image=x --replicas=0 --port=80', want: 'deployment.apps/web' },
  { args: 'create job j --image=x', want: 'job.batch/j' },
  { args: 'create cronjob cj --image=x --schedule=@hourly', want: 'cronjob.batch/cj' },
  { args: 'create service clusterip c --tcp=80:8080', want: 'service/c' },
  { args: 'create service nodeport n --tcp=80:8080', want: 'service/n' },
  { args: 'create service loadbalancer l --tcp=80', want: 'service/l' },
  { args: 'create service externalname e --external-name=x.example.com', want: 'service/e' },
  {
    args: 'create ingress i --rule=x.example.com/a*=web:80 --class=k',
    want: 'ingress.networking.k8s.io/i',
  },
  {
    args: 'create role r --verb=get,list --resource=pods,deployments.apps',
    want: 'role.rbac.authorization.k8s.io/r',
  },
  {
    args: 'create rolebinding rb --role=r --serviceaccount=default:sa',
    want: 'rolebinding.rbac.authorization.k8s.io/rb',
  },
  {
    args: 'create clusterrole {ns} --verb=get --resource=nodes',
    want: 'clusterrole.rbac.authorization.k8s.io/{ns}',
  },
  {
    args: 'create clusterrolebinding {ns} --clusterrole={ns} --user=u',
    want: 'clusterrolebinding.rbac.authorization.k8s.io/{ns}',
  },
  { args: 'create quota q --hard=pods=5,services=20', want: 'resourcequota/q' },
  {
    args: 'create poddisruptionbudget p --selector=app=web --min-available=1',
    want: 'poddisruptionbudget.policy/p',
  },
  {
    args: 'create priorityclass {ns} --value=5 --description=d',
    want: 'priorityclass.scheduling.k8s.io/{ns}',
  },
  { args: 'create namespace {ns}-x', want: 'namespace/{ns}-x' },
  { args: 'run p --image=x --restart=Never', want: 'pod/p' },
  { args: 'autoscale deployment web --max=3', want: 'horizontalpodautoscaler.autoscaling/web' },
  { args: 'expose deployment web --name=ex --port=80', want: 'service/ex' },
];

describeWithKubectl('kubectl', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('kubectl-create', { node: false });
  });
  afterAll(() => cluster?.stop());

  it('explains every kind that there is, with all that it contains', async () => {
    const resources = await cluster.kubectlOutput(['api-resources', '--no-headers', '--verbs=get']);
    // NAME, perhaps SHORTNAMES, APIVERSION, NAMESPACED, KIND.
    const rows = resources.split('\n').map((line) => line.trim().split(/\s+/));
    const served = rows.filter(({ length }) => length >= 4);
    expect(served.length).toBeGreaterThan(50);
    for (const row of served) {
      const [name, version] = [row[0] ?? '', row.at(-3) ?? ''];
      // Not <name>.<group>: kubectl takes the dot of events.events.k8s.io for a field of the core's.
      const args = ['explain', name, `--api-version=${version}`, '--recursive'];
      const text = await cluster.kubectlOutput(args);
      const explained = /FIELDS:\n +\S/.test(text);
      expect({ name, version, explained }).toEqual({ name, version, explained: true });
    }
  });

  describe.each(kubectlVersions)('$version', ({ path }) => {
    async function given() {
      const namespace = await cluster.namespace();
      const kubectl = async (args: readonly string[], options?: RunOptions): Promise<string> => {
        const all = ['-n', namespace, ...args];
        const { code, stdout, stderr } = await cluster.kubectlAt(path, all, options);
        if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}`);
        return stdout;
      };
      const apply = (manifest: object) =>
        kubectl(['apply', '-f', '-'], { input: JSON.stringify(manifest) });
      return { namespace, kubectl, apply };
    }

    it.concurrent('creates every kind that it has a command for, and shows them', async () => {
      const { namespace, kubectl } = await given();
      const own = (text: string) => text.replaceAll('{ns}', namespace);
      for (const { args } of CREATED) await kubectl(own(args).split(' '));
      const names = CREATED.map(({ want }) => own(want));
      expect(await kubectl(['get', ...names, '-o', 'name'])).toBe(`${names.join('\n')}\n`);
      const yaml = await kubectl(['get', ...names, '-o', 'yaml']);
      expect(yaml.match(/^- apiVersion: /gm)).toHaveLength(names.length);
      const table = await kubectl(['get', ...names]);
      const description = await kubectl(['describe', ...names]);
      for (const name of names) {
        expect(table).toContain(`${name} `);
        expect(description).toMatch(new RegExp(`^Name: +${name.split('/')[1]}$`, 'm'));
      }
    });

    it.concurrent('applies what kustomize makes', async () => {
      const { namespace, kubectl } = await given();
      const folder = await cluster.localFiles({
        'base/kustomization.yaml': 'resources: [web.json]\n',
        'base/web.json': JSON.stringify(deployment('web', 0)),
        'kustomization.yaml': `namespace: ${namespace}
resources: [base]
namePrefix: my-
configMapGenerator: [{name: settings, literals: [a=b]}]
patches: [{target: {kind: Deployment}, patch: '[{"op": "replace", "path": "/spec/revisionHistoryLimit", "value": 3}]'}]
`,
      });
      expect(await kubectl(['kustomize', folder])).toContain('name: my-web');
      expect(await kubectl(['apply', '-k', folder])).toMatch(/configmap\/my-settings-\w+ created/);
      const limit = ['get', 'deployment', 'my-web', '-o', 'jsonpath={.spec.revisionHistoryLimit}'];
      expect(await kubectl(limit)).toBe('3');
    });

    it.concurrent('waits, sorts and deletes as told', async () => {
      const { kubectl, apply } = await given();
      await apply(deployment('b', 0));
      await apply(deployment('a', 0));
      expect(
        await kubectl(['wait', '--for=jsonpath={.status.observedGeneration}=1', 'deployment/a']),
      ).toBe('deployment.apps/a condition met\n');
      const sorted = await kubectl(['get', 'deployments', '--sort-by=.metadata.name', '-o=name']);
      expect(sorted).toBe('deployment.apps/a\ndeployment.apps/b\n');
      const owned = await kubectl(['get', 'replicasets', '-o', 'name']);
      await kubectl(['delete', 'deployment', 'a', '--cascade=orphan']);
      expect(await kubectl(['get', 'replicasets', '-o', 'name'])).toBe(owned);
      await kubectl(['delete', 'deployment', 'b', '--cascade=foreground']);
      expect((await kubectl(['get', 'replicasets', '-o', 'name'])).split('\n')).toHaveLength(2);
    });

    it.concurrent('cordons nodes and taints them', async () => {
      const { namespace, kubectl, apply } = await given();
      const name = `node-of-${namespace}`;
      await apply({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
      const spec = async () =>
        JSON.parse(await kubectl(['get', 'node', name, '-o=jsonpath={.spec}'])) as {
          unschedulable?: boolean;
          taints?: object[];
        };
      expect(await kubectl(['cordon', name])).toBe(`node/${name} cordoned\n`);
      expect((await spec()).unschedulable).toBe(true);
      expect(await kubectl(['uncordon', name])).toBe(`node/${name} uncordoned\n`);
      expect((await spec()).unschedulable).toBeUndefined();
      const taint = { key: 'team', value: 'a', effect: 'NoSchedule' };
      await kubectl(['taint', 'node', name, 'team=a:NoSchedule']);
      expect((await spec()).taints).toContainEqual(taint);
      await kubectl(['taint', 'node', name, 'team-']);
      expect((await spec()).taints ?? []).not.toContainEqual(taint);
      await kubectl(['delete', 'node', name]);
    });
  });
});
