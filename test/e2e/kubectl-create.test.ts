import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { deployment } from './harness/manifests.ts';

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
  { args: 'create quota q --hard=pods=5,cpu=1', want: 'resourcequota/q' },
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

  it('creates every kind that it has a command for', async () => {
    const namespace = await cluster.namespace();
    for (const { args, want } of CREATED) {
      const words = args.replaceAll('{ns}', namespace).split(' ');
      await cluster.kubectlOutput(['-n', namespace, ...words]);
      const name = want.replaceAll('{ns}', namespace);
      expect(await cluster.kubectlOutput(['-n', namespace, 'get', name, '-o', 'name'])).toBe(
        `${name}\n`,
      );
    }
    // And shows each of them, in a table, in full and described.
    for (const { want } of CREATED) {
      const name = want.replaceAll('{ns}', namespace);
      for (const view of [
        ['get', name],
        ['get', name, '-o', 'yaml'],
        ['describe', name],
      ]) {
        expect(await cluster.kubectlOutput(['-n', namespace, ...view])).not.toBe('');
      }
    }
  });

  it('explains every kind that there is, with all that it contains', async () => {
    const resources = await cluster.kubectlOutput(['api-resources', '-o', 'name', '--verbs=get']);
    const names = resources.split('\n').filter((name) => name !== '');
    expect(names.length).toBeGreaterThan(50);
    for (const name of names) {
      const text = await cluster.kubectlOutput(['explain', name, '--recursive']);
      expect({ name, explained: /FIELDS:\n +\S/.test(text) }).toEqual({ name, explained: true });
    }
  });

  it('applies what kustomize makes', async () => {
    const namespace = await cluster.namespace();
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
    const output = await cluster.kubectlOutput(['apply', '-k', folder]);
    expect(output).toMatch(/configmap\/my-settings-\w+ created/);
    const limit = ['get', 'deployment', 'my-web', '-o', 'jsonpath={.spec.revisionHistoryLimit}'];
    expect(await cluster.kubectlOutput(['-n', namespace, ...limit])).toBe('3');
  });

  it('waits, sorts and deletes as told', async () => {
    const namespace = await cluster.namespace();
    const kubectl = (...args: string[]) => cluster.kubectlOutput(['-n', namespace, ...args]);
    await cluster.apply(namespace, deployment('b', 0));
    await cluster.apply(namespace, deployment('a', 0));
    expect(
      await kubectl('wait', '--for=jsonpath={.status.observedGeneration}=1', 'deployment/a'),
    ).toBe('deployment.apps/a condition met\n');
    const sorted = await kubectl('get', 'deployments', '--sort-by=.metadata.name', '-o', 'name');
    expect(sorted).toBe('deployment.apps/a\ndeployment.apps/b\n');
    const owned = await kubectl('get', 'replicasets', '-o', 'name');
    await kubectl('delete', 'deployment', 'a', '--cascade=orphan');
    expect(await kubectl('get', 'replicasets', '-o', 'name')).toBe(owned);
    await kubectl('delete', 'deployment', 'b', '--cascade=foreground');
    expect((await kubectl('get', 'replicasets', '-o', 'name')).split('\n')).toHaveLength(2);
  });
});
