import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { IMAGE, OTHER_IMAGE } from './harness/image.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { container, deployment, pod } from './harness/manifests.ts';
import { until } from './harness/until.ts';
import { jobTests } from './workloads/jobs.ts';

describeWithKubectl('workloads', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('workloads');
  });
  afterAll(() => cluster?.stop());

  // First, since they take longest.
  jobTests(() => cluster);

  async function given(...manifests: object[]) {
    const namespace = await cluster.namespace();
    for (const manifest of manifests) await cluster.apply(namespace, manifest);
    const kubectl = (...args: string[]) => cluster.kubectl(['-n', namespace, ...args]);
    const output = (...args: string[]) => cluster.kubectlOutput(['-n', namespace, ...args]);
    const names = async (...args: string[]) => {
      const text = await output('get', ...args, '-o', 'name');
      return text.split('\n').filter((line) => line !== '');
    };
    return { namespace, kubectl, output, names };
  }

  it.concurrent('a deployment becomes available, is scaled and keeps its pods', async () => {
    const { output, names } = await given(deployment('web', 2));
    expect(
      await output('wait', '--for=condition=Available', 'deployment/web', '--timeout=60s'),
    ).toBe('deployment.apps/web condition met\n');
    const before = await names('pods');
    expect(before).toHaveLength(2);
    await output('scale', 'deployment/web', '--replicas=4');
    await output('rollout', 'status', 'deployment/web', '--timeout=60s');
    expect(await names('pods')).toEqual(expect.arrayContaining(before));
    expect(await output('get', 'deployment', 'web', '--no-headers')).toMatch(/^web +4\/4 +4 +4 /);
    await output('scale', 'deployment/web', '--replicas=1', '--current-replicas=4');
    await until('three pods are gone', async () => (await names('pods')).length === 1);
    const replicas = await output('get', 'deployment', 'web', '-o', 'jsonpath={.status.replicas}');
    expect(replicas).toBe('1');
  });

  it.concurrent('set image with maxUnavailable 0 never leaves fewer ready pods than wanted', async () => {
    const wanted = 3;
    const { namespace, output } = await given(
      deployment('web', wanted, {
        minReadySeconds: 1,
        strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      }),
    );
    await output('rollout', 'status', 'deployment/web', '--timeout=60s');
    const uids = await podUIDs(namespace);
    let fewest = wanted;
    let looks = 0;
    const rolling = new AbortController();
    const poller = (async () => {
      while (!rolling.signal.aborted) {
        fewest = Math.min(fewest, await readyPods(namespace));
        looks++;
      }
    })();
    await output('set', 'image', 'deployment/web', `main=${OTHER_IMAGE}`);
    await output('rollout', 'status', 'deployment/web', '--timeout=90s');
    rolling.abort();
    await poller;
    expect(fewest).toBe(wanted);
    expect(looks).toBeGreaterThan(20);
    const after = await podUIDs(namespace);
    expect(after.filter((uid) => uids.includes(uid))).toEqual([]);
  });

  interface PodList {
    items: {
      metadata: { uid: string; deletionTimestamp?: string };
      status?: { conditions?: { type: string; status: string }[] };
    }[];
  }
  const podsOf = async (namespace: string) =>
    (await cluster.client.json<PodList>('GET', `/api/v1/namespaces/${namespace}/pods`)).items;
  const podUIDs = async (namespace: string) =>
    (await podsOf(namespace))
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata }) => metadata.uid);
  const readyPods = async (namespace: string) =>
    (await podsOf(namespace)).filter(({ status }) =>
      status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'),
    ).length;

  it.concurrent('a rollout has a history, can be undone, paused, resumed and restarted', async () => {
    const { output, kubectl, names } = await given(deployment('web', 1));
    const rolledOut = () => output('rollout', 'status', 'deployment/web', '--timeout=60s');
    const image = () =>
      output(
        'get',
        'deployment',
        'web',
        '-o',
        'jsonpath={.spec.template.spec.containers[0].image}',
      );
    await rolledOut();
    await output('annotate', 'deployment/web', 'kubernetes.io/change-cause=first');
    await output('set', 'image', 'deployment/web', `main=${OTHER_IMAGE}`);
    await output('annotate', '--overwrite', 'deployment/web', 'kubernetes.io/change-cause=second');
    expect(await rolledOut()).toContain('deployment "web" successfully rolled out');
    const history = await output('rollout', 'history', 'deployment/web');
    expect(history).toMatch(/REVISION +CHANGE-CAUSE\n1 +first\n2 +second\n/);
    expect(await output('rollout', 'history', 'deployment/web', '--revision=1')).toContain(IMAGE);

    await output('rollout', 'undo', 'deployment/web');
    await rolledOut();
    expect(await image()).toBe(IMAGE);
    expect(await names('rs')).toHaveLength(2);

    await output('rollout', 'pause', 'deployment/web');
    await output('set', 'env', 'deployment/web', 'A=b');
    const restart = await kubectl('rollout', 'restart', 'deployment/web');
    expect(restart).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("can't restart paused deployment"),
    });
    await until(
      'the pause is observed',
      async () =>
        (await output(
          'get',
          'deployment',
          'web',
          '-o',
          'jsonpath={.status.conditions[?(@.type=="Progressing")].reason}',
        )) === 'DeploymentPaused',
    );
    expect(await names('rs')).toHaveLength(2);
    await output('rollout', 'resume', 'deployment/web');
    await rolledOut();
    expect(await names('rs')).toHaveLength(3);

    const [before] = await names('pods');
    await output('rollout', 'restart', 'deployment/web');
    await rolledOut();
    await until(
      'the pod of before is gone',
      async () => !(await names('pods')).includes(before ?? ''),
    );
  });

  it.concurrent('a rollout that makes no progress says so after its deadline', async () => {
    const { kubectl, output } = await given(
      deployment('stuck', 1, { progressDeadlineSeconds: 2 }, { nodeSelector: { absent: 'yes' } }),
    );
    const status = await kubectl('rollout', 'status', 'deployment/stuck', '--timeout=60s');
    expect(status).toMatchObject({
      code: 1,
      stderr: 'error: deployment "stuck" exceeded its progress deadline\n',
    });
    expect(await output('describe', 'deployment', 'stuck')).toMatch(
      /Progressing +False +ProgressDeadlineExceeded/,
    );
  });

  it.concurrent('labels, annotations and selectors find what they should', async () => {
    const { output, names } = await given(
      pod('a', {}, { labels: { tier: 'web' } }),
      pod('b', {}, { labels: { tier: 'web', canary: 'yes' } }),
      pod('c', {}, { labels: { tier: 'db' } }),
    );
    expect(await names('pods', '-l', 'tier in (web),!canary')).toEqual(['pod/a']);
    expect(await names('pods', '-l', 'tier!=web')).toEqual(['pod/c']);
    expect(await output('label', 'pod', 'c', 'tier=web', '--overwrite')).toBe('pod/c labeled\n');
    expect(await names('pods', '-l', 'tier in (web),!canary')).toEqual(['pod/a', 'pod/c']);
    expect(await output('label', 'pod', 'b', 'canary-')).toBe('pod/b unlabeled\n');
    expect(await names('pods', '-l', '!canary')).toEqual(['pod/a', 'pod/b', 'pod/c']);
    await output('annotate', 'pods', '--all', 'note=some text');
    expect(await output('get', 'pod', 'a', '-o', 'jsonpath={.metadata.annotations.note}')).toBe(
      'some text',
    );
    expect(await names('pods', '--field-selector', 'metadata.name=b')).toEqual(['pod/b']);
  });

  it.concurrent('get -w shows each change of what the selector matches', async () => {
    const { namespace, output } = await given();
    const watch = cluster.kubectlInBackground([
      '-n',
      namespace,
      'get',
      'pods',
      '-l',
      'app=seen',
      '-w',
      '--output-watch-events',
      '--no-headers',
    ]);
    await cluster.apply(namespace, pod('unseen'));
    await cluster.apply(namespace, pod('seen', {}, { labels: { app: 'seen' } }));
    await until('the pod runs', () => /MODIFIED +seen +1\/1 +Running/.test(watch.stdout));
    await output('label', 'pod', 'seen', 'app-');
    await until('the pod leaves the selection', () => /DELETED +seen/.test(watch.stdout));
    await watch.stop();
    expect(watch.stdout).toMatch(/^ADDED +seen/);
    expect(watch.stdout).not.toContain('unseen');
  });

  it.concurrent('edit sends what the editor wrote, and shows what is wrong with it', async () => {
    const { namespace, output } = await given(deployment('web', 1));
    const editor = async (name: string, script: string) => {
      const path = join(cluster.dir.root, `${namespace}-${name}`);
      await writeFile(path, `#!/bin/sh\n${script}\n`);
      await chmod(path, 0o755);
      return path;
    };
    const edit = (path: string) =>
      cluster.kubectl(['-n', namespace, 'edit', 'deployment', 'web'], {
        // kubectl leaves what was refused in a temporary file.
        env: { KUBE_EDITOR: path, TMPDIR: cluster.dir.root },
      });
    const good = await edit(await editor('good', `sed -i 's/replicas: 1/replicas: 2/' "$1"`));
    expect(good).toMatchObject({ code: 0, stdout: 'deployment.apps/web edited\n' });
    expect(await output('get', 'deployment', 'web', '-o', 'jsonpath={.spec.replicas}')).toBe('2');
    const reopened = join(cluster.dir.root, `${namespace}-reopened`);
    const bad = await edit(
      await editor('bad', `cp "$1" ${reopened}; sed -i 's/replicas: 2/replicas: -2/' "$1"`),
    );
    expect(bad).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('error: deployments.apps "web" is invalid'),
    });
    expect(await readFile(reopened, 'utf8')).toContain(
      '# * spec.replicas: Invalid value: -2: must be greater than or equal to 0',
    );
    expect(await edit(await editor('none', ':'))).toMatchObject({
      code: 0,
      stderr: 'Edit cancelled, no changes made.\n',
    });
  });

  it.concurrent('describe tells the story of a deployment, its replica set and its pod', async () => {
    const { output, names } = await given(deployment('web', 1));
    await output('rollout', 'status', 'deployment/web', '--timeout=60s');
    const [replicaSet = ''] = await names('rs');
    const [podName = ''] = await names('pods');
    const short = (name: string) => name.split('/')[1] ?? '';
    expect(await output('describe', 'deployment', 'web')).toMatch(
      new RegExp(
        `Normal +ScalingReplicaSet .* deployment-controller +Scaled up replica set ${short(replicaSet)} from 0 to 1`,
      ),
    );
    expect(await output('describe', replicaSet)).toMatch(
      new RegExp(
        `Normal +SuccessfulCreate .* replicaset-controller +Created pod: ${short(podName)}`,
      ),
    );
    const story = await output('describe', podName);
    expect(story).toMatch(/Normal +Scheduled .* default-scheduler +Successfully assigned/);
    for (const event of ['Pulled', 'Created', 'Started']) {
      expect(story).toMatch(new RegExp(`Normal +${event} .* kubelet `));
    }
    expect(story).toMatch(/QoS Class: +BestEffort/);
  });

  it.concurrent('a replication controller keeps its pods, adopts strays and lets go of others', async () => {
    const template = {
      metadata: { labels: { app: 'rc' } },
      spec: { terminationGracePeriodSeconds: 1, containers: [container()] },
    };
    const { namespace, output, names } = await given(pod('stray', {}, { labels: { app: 'rc' } }), {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'rc' },
      spec: { replicas: 2, template },
    });
    await until(
      'both are ready',
      async () =>
        (await output('get', 'rc', 'rc', '-o', 'jsonpath={.status.readyReplicas}')) === '2',
    );
    expect(await names('pods')).toHaveLength(2);
    expect(await names('pods')).toContain('pod/stray');
    const owner = () =>
      output('get', 'pod', 'stray', '-o', 'jsonpath={.metadata.ownerReferences[*].kind}');
    expect(await owner()).toBe('ReplicationController');
    await output('label', 'pod', 'stray', 'app=free', '--overwrite');
    await until(
      'the stray is let go and replaced',
      async () => (await owner()) === '' && (await names('pods', '-l', 'app=rc')).length === 2,
    );
    expect(namespace).not.toBe('');
  });

  it.concurrent('cascade decides what becomes of the dependents', async () => {
    const { output, names, kubectl } = await given(
      deployment('orphaning', 1),
      deployment('foreground', 1),
      deployment('background', 1),
    );
    for (const name of ['orphaning', 'foreground', 'background']) {
      await output('rollout', 'status', `deployment/${name}`, '--timeout=60s');
    }
    await output('delete', 'deployment', 'orphaning', '--cascade=orphan');
    const kept = 'jsonpath={.items[*].metadata.ownerReferences}';
    await until(
      'the replica set is an orphan',
      async () => (await output('get', 'rs', '-l', 'app=orphaning', '-o', kept)) === '',
    );
    expect(await names('rs,pods', '-l', 'app=orphaning')).toHaveLength(2);
    await output('delete', 'deployment', 'foreground', '--cascade=foreground');
    expect(await names('deployments,rs,pods', '-l', 'app=foreground')).toEqual([]);
    await output('delete', 'deployment', 'background', '--cascade=background', '--wait=false');
    await until(
      'its dependents are gone',
      async () => (await names('deployments,rs,pods', '-l', 'app=background')).length === 0,
    );
    expect((await kubectl('get', 'deployment', 'background')).stderr).toBe(
      'Error from server (NotFound): deployments.apps "background" not found\n',
    );
  });

  it('cordon, taints and selectors keep pods off a node, and say why', async () => {
    const node = cluster.nodeName;
    const { namespace, output } = await given();
    const phase = (name: string) => output('get', 'pod', name, '-o', 'jsonpath={.status.phase}');
    const unschedulable = async (name: string, message: string) => {
      await until(`${name} cannot be scheduled`, async () =>
        (await output('describe', 'pod', name)).includes(message),
      );
      expect(await output('describe', 'pod', name)).toMatch(
        /Warning +FailedScheduling .* default-scheduler/,
      );
      expect(await phase(name)).toBe('Pending');
    };
    const running = (name: string) =>
      output('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s');

    expect(await output('cordon', node)).toBe(`node/${node} cordoned\n`);
    expect(await output('get', 'node', node, '--no-headers')).toMatch(/Ready,SchedulingDisabled/);
    await cluster.apply(namespace, pod('waits'));
    await unschedulable('waits', '0/1 nodes are available: 1 node(s) were unschedulable.');
    await output('uncordon', node);
    await running('waits');

    await output('taint', 'node', node, 'team=a:NoSchedule');
    await cluster.apply(namespace, pod('repelled'));
    await unschedulable('repelled', '0/1 nodes are available: 1 node(s) had untolerated taint(s).');
    await cluster.apply(
      namespace,
      pod('tolerant', { tolerations: [{ key: 'team', value: 'a', effect: 'NoSchedule' }] }),
    );
    await running('tolerant');
    await output('taint', 'node', node, 'team-');
    await running('repelled');

    await cluster.apply(namespace, pod('picky', { nodeSelector: { disk: 'fast' } }));
    await unschedulable(
      'picky',
      "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
    );
    await output('label', 'node', node, 'disk=fast');
    await running('picky');

    await cluster.apply(
      namespace,
      pod('huge', { containers: [container({ resources: { requests: { cpu: '1000' } } })] }),
    );
    await unschedulable('huge', '0/1 nodes are available: 1 Insufficient cpu.');
  });
});
