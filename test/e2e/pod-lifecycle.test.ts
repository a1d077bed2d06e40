import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { givenPods } from './harness/given-pods.ts';
import type { GivenPods } from './harness/given-pods.ts';
import { IMAGE } from './harness/image.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { claim, container, pod, WAIT } from './harness/manifests.ts';
import { until } from './harness/until.ts';

/** A folder that outlives its pod, in which containers write down what happens to them. */
const DIARY = {
  volumes: [{ name: 'diary', persistentVolumeClaim: { claimName: 'diary' } }],
};
const CLAIM = claim('diary');
const volumeMounts = [{ name: 'diary', mountPath: '/diary' }];
const note = (text: string): string => `echo ${text} >> /diary/notes`;
const noting = (name: string): string =>
  `trap '${note(`${name} ends`)}; exit 0' TERM; while true; do sleep 1000 & wait $!; done`;
const sh = (script: string): object => ({ exec: { command: ['/bin/sh', '-c', script] } });

describeWithKubectl('the life of pods', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('pod-lifecycle');
  });
  afterAll(() => cluster?.stop());

  const given = (...objects: object[]) => givenPods(cluster, ...objects);

  /** What was written into the diary by pods that are gone. */
  async function notes({ namespace, output, phase }: GivenPods): Promise<string[]> {
    const reader = pod('reader', {
      restartPolicy: 'Never',
      containers: [container({ script: 'cat /diary/notes', volumeMounts })],
      ...DIARY,
    });
    await cluster.apply(namespace, reader);
    await phase('reader', 'Succeeded');
    return (await output('logs', 'reader')).trim().split('\n');
  }

  it.concurrent('POD-1: a container shows and is ready once its postStart hook is over', async () => {
    const { field, output, ready } = await given(
      pod('hooked', {
        containers: [
          container({
            lifecycle: { postStart: sh('sleep 3; echo started > /tmp/started') },
          }),
          container({ name: 'second' }),
        ],
      }),
    );
    await ready('hooked');
    expect(await output('exec', 'hooked', '-c', 'main', '--', 'cat', '/tmp/started')).toBe(
      'started\n',
    );
    const at = async (name: string): Promise<number> =>
      Date.parse(
        await field(
          'hooked',
          `.status.containerStatuses[?(@.name=="${name}")].state.running.startedAt`,
        ),
      );
    // Times are in whole seconds.
    expect((await at('second')) - (await at('main'))).toBeGreaterThanOrEqual(2000);
  });

  it.concurrent('POD-1: a container whose postStart hook fails is killed and started anew', async () => {
    const { events, field, ready } = await given(
      pod('unlucky', {
        containers: [
          container({
            volumeMounts: [{ name: 'tries', mountPath: '/tries' }],
            lifecycle: { postStart: sh('[ -e /tries/one ] || { touch /tries/one; exit 7; }') },
          }),
        ],
        volumes: [{ name: 'tries', emptyDir: {} }],
      }),
    );
    await ready('unlucky');
    expect(await field('unlucky', '.status.containerStatuses[0].restartCount')).toBe('1');
    expect(await events('unlucky', 'FailedPostStartHook')).toEqual(['PostStartHook failed']);
    expect(await events('unlucky', 'Killing')).toEqual(['FailedPostStartHook']);
  });

  it.concurrent('POD-2: preStop runs before the signal, on deletion, within the grace period', async () => {
    const pods = await given(
      CLAIM,
      pod('polite', {
        terminationGracePeriodSeconds: 30,
        containers: [
          container({
            script: noting('container'),
            lifecycle: { preStop: sh(`${note('hook begins')}; sleep 2; ${note('hook ends')}`) },
            volumeMounts,
          }),
        ],
        ...DIARY,
      }),
      pod('slow', {
        terminationGracePeriodSeconds: 3,
        containers: [container({ lifecycle: { preStop: sh('sleep 60') } })],
      }),
    );
    const { output, ready } = pods;
    await ready('polite');
    await ready('slow');
    await output('delete', 'pod', 'polite');
    const begun = Date.now();
    await output('delete', 'pod', 'slow');
    expect(Date.now() - begun).toBeGreaterThan(2500);
    expect(Date.now() - begun).toBeLessThan(20_000);
    expect(await notes(pods)).toEqual(['hook begins', 'hook ends', 'container ends']);
  });

  it.concurrent('POD-2: preStop runs when a probe fails, and a hook that fails is told of', async () => {
    const { events, field } = await given(
      pod('failing', {
        containers: [
          container({
            livenessProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 1 },
            lifecycle: { preStop: { httpGet: { port: 9 } } },
          }),
        ],
      }),
    );
    await until(
      'a restart',
      async () => (await field('failing', '.status.containerStatuses[0].restartCount')) !== '0',
    );
    expect(await events('failing', 'FailedPreStopHook')).toEqual(['PreStopHook failed']);
  });

  it.concurrent('POD-5: sidecars stop after the containers, in reverse order of their start', async () => {
    const sidecar = (name: string) =>
      container({ name, script: noting(name), restartPolicy: 'Always', volumeMounts });
    const slowly = `trap 'sleep 2; ${note('main ends')}; exit 0' TERM; while true; do sleep 1000 & wait $!; done`;
    const pods = await given(
      CLAIM,
      pod('ordered', {
        terminationGracePeriodSeconds: 30,
        initContainers: [sidecar('one'), sidecar('two')],
        containers: [container({ script: slowly, volumeMounts })],
        ...DIARY,
      }),
    );
    await pods.ready('ordered');
    await pods.output('delete', 'pod', 'ordered');
    expect(await notes(pods)).toEqual(['main ends', 'two ends', 'one ends']);
  });

  it.concurrent('POD-6: sidecars end with the containers of a Job, which completes', async () => {
    const { output, field } = await given({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'work' },
      spec: {
        template: {
          spec: {
            restartPolicy: 'Never',
            terminationGracePeriodSeconds: 5,
            initContainers: [container({ name: 'side', restartPolicy: 'Always' })],
            containers: [container({ script: 'sleep 1' })],
          },
        },
      },
    });
    await output('wait', '--for=condition=Complete', 'job/work', '--timeout=60s');
    const name = await output('get', 'pods', '-o', 'jsonpath={.items[0].metadata.name}');
    expect(await field(name, '.status.phase')).toBe('Succeeded');
    const side = '.status.initContainerStatuses[0]';
    expect(await field(name, `${side}.state.terminated.reason`)).not.toBe('');
    expect(await field(name, `${side}.restartCount`)).toBe('0');
  });

  it.concurrent('POD-7: a pod that is active for too long fails, and says why', async () => {
    const { events, field, phase } = await given(
      pod('late', {
        activeDeadlineSeconds: 3,
        containers: [container(), container({ name: 'b' })],
      }),
    );
    await phase('late', 'Failed');
    const message = 'Pod was active on the node longer than the specified deadline';
    expect(await field('late', '.status.reason')).toBe('DeadlineExceeded');
    expect(await field('late', '.status.message')).toBe(message);
    expect(await events('late', 'DeadlineExceeded')).toEqual([message]);
    const mine = (await cluster.containers()).filter((found) => found.pod === 'late');
    expect(mine.filter(({ running }) => running)).toEqual([]);
  });

  it.concurrent('POD-8: containers are restarted by rules of their own', async () => {
    const rules = (values: number[]) => [
      { action: 'Restart', exitCodes: { operator: 'In', values } },
    ];
    const { field, phase } = await given(
      pod('ruled', {
        restartPolicy: 'Never',
        containers: [
          container({
            script: '[ -e /shared/again ] && exit 0; touch /shared/again; exit 42',
            restartPolicy: 'Never',
            restartPolicyRules: rules([42]),
            volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
          }),
        ],
        volumes: [{ name: 'shared', emptyDir: {} }],
      }),
      pod('unruled', {
        restartPolicy: 'Always',
        containers: [container({ script: 'exit 3', restartPolicy: 'Never' })],
      }),
    );
    await phase('ruled', 'Succeeded');
    expect(await field('ruled', '.status.containerStatuses[0].restartCount')).toBe('1');
    await phase('unruled', 'Failed');
  });

  it.concurrent('POD-12: all containers start anew when one ends so', async () => {
    const exitCodes = { operator: 'In', values: [42] };
    const shared = { volumeMounts: [{ name: 'shared', mountPath: '/shared' }] };
    const { field, output, ready } = await given(
      pod('anew', {
        restartPolicy: 'Never',
        initContainers: [
          container({ name: 'init', script: 'echo init >> /shared/starts', ...shared }),
        ],
        containers: [
          container({
            script: `[ -e /shared/again ] || { touch /shared/again; sleep 2; exit 42; }\n${WAIT}`,
            restartPolicy: 'Never',
            restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes }],
            ...shared,
          }),
          container({ name: 'other', ...shared }),
        ],
        volumes: [{ name: 'shared', emptyDir: {} }],
      }),
    );
    const restarts = '.status.containerStatuses[*].restartCount';
    await until('both are restarted', async () => (await field('anew', restarts)) === '1 1');
    await ready('anew');
    expect(await output('exec', 'anew', '-c', 'other', '--', 'cat', '/shared/starts')).toBe(
      'init\ninit\n',
    );
  });

  it.concurrent('POD-4: kubectl debug looks into a pod, with the processes of a container', async () => {
    const { field, namespace, output, ready } = await given(pod('subject'));
    await ready('subject');
    const debug = ['-n', namespace, 'debug', 'subject', '-q', `--image=${IMAGE}`];
    const script = 'sleep 2; ps; echo from $(hostname); exit 5';
    const attached = await cluster.terminal(
      [...debug, '-it', '-c', 'debugger', '--target=main', '--', 'sh', '-c', script],
      { rows: 24, columns: 120 },
    );
    expect(attached.stdout).toContain('sleep 1000');
    expect(attached.stdout).toContain('from subject');
    const state = '.status.ephemeralContainerStatuses[0].state';
    await until(
      'the end is told',
      async () => (await field('subject', `${state}.terminated.exitCode`)) === '5',
    );
    expect(await output('logs', 'subject', '-c', 'debugger')).toContain('from subject');
    await output(
      'debug',
      'subject',
      '-q',
      `--image=${IMAGE}`,
      '-c',
      'stays',
      '--',
      '/bin/sh',
      '-c',
      WAIT,
    );
    await until(
      'the second runs',
      async () =>
        (await field(
          'subject',
          '.status.ephemeralContainerStatuses[1].state.running.startedAt',
        )) !== '',
    );
    expect(await output('exec', 'subject', '-c', 'stays', '--', 'echo', 'hi')).toBe('hi\n');
    expect(await field('subject', '.status.ephemeralContainerStatuses[0].restartCount')).toBe('0');
    expect(await field('subject', '.status.containerStatuses[0].restartCount')).toBe('0');
  });

  it.concurrent('POD-11: a pod of the node itself runs, can be seen, and goes with its manifest', async () => {
    const { namespace, kubectl, output, ready } = await given();
    const file = join(cluster.dir.node, 'state/static-pods', `${namespace}.json`);
    const name = `own-${cluster.nodeName}`;
    const isThere = async (): Promise<boolean> => (await kubectl('get', 'pod', name)).code === 0;
    const containers = async (): Promise<string[]> =>
      (await cluster.containers()).filter((found) => found.pod === name).map(({ id }) => id);
    await writeFile(file, JSON.stringify(pod('own', {}, { namespace })));
    await until('the pod can be seen', isThere);
    await ready(name);
    expect(await output('exec', name, '--', 'echo', 'hi')).toBe('hi\n');
    const before = await containers();
    const uid = await output('get', 'pod', name, '-o', 'jsonpath={.metadata.uid}');
    // Not waited for: where another of that name comes at once, kubectl may wait for its end as well.
    await output('delete', 'pod', name, '--wait=false');
    await until('another can be seen', async () => {
      const now = await kubectl('get', 'pod', name, '-o', 'jsonpath={.metadata.uid}');
      return now.code === 0 && now.stdout !== uid;
    });
    await ready(name);
    expect(await containers()).toEqual(before);
    await rm(file);
    await until('it is gone', async () => !(await isThere()));
    await until('nothing of it runs', async () => (await containers()).length === 0);
  });
});
