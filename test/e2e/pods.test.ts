import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { givenPods } from './harness/given-pods.ts';
import { IMAGE } from './harness/image.ts';
import { describeWithKubectl } from './harness/kubectl.ts';
import { container, pod } from './harness/manifests.ts';
import { until } from './harness/until.ts';

describeWithKubectl('pods', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('pods');
  });
  afterAll(() => cluster?.stop());

  const given = (...pods: object[]) => givenPods(cluster, ...pods);

  const SERVE =
    'mkdir -p /www; echo hello from web > /www/index.html; httpd -f -p 127.0.0.1:8081 -h /www';
  const READ = 'until wget -q -O - http://127.0.0.1:8081/; do sleep 0.2; done';

  it.concurrent('containers of one pod share localhost, and the pod is one sandbox', async () => {
    const { namespace, output, ready } = await given(
      pod('two', {
        containers: [
          container({ name: 'web', script: SERVE }),
          container({ name: 'reader', script: `${READ}; sleep 1000` }),
        ],
      }),
    );
    await ready('two');
    await until('the reader has read', async () =>
      (await output('logs', 'two', '-c', 'reader')).includes('hello from web'),
    );
    const mine = (await cluster.containers()).filter((found) => found.namespace === namespace);
    expect(mine.map(({ container: name }) => name).sort()).toEqual(['POD', 'reader', 'web']);
  });

  it.concurrent('two pods do not share localhost', async () => {
    const { output, kubectl, ready } = await given(
      pod('server', { containers: [container({ script: SERVE })] }),
      pod('other'),
    );
    await ready('server');
    await ready('other');
    await until(
      'the server serves',
      async () =>
        (await kubectl('exec', 'server', '--', 'wget', '-q', '-O', '-', 'http://127.0.0.1:8081/'))
          .code === 0,
    );
    const refused = await kubectl(
      'exec',
      'other',
      '--',
      'wget',
      '-q',
      '-O',
      '-',
      'http://127.0.0.1:8081/',
    );
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    const [one, two] = (
      await output('get', 'pods', '-o', 'jsonpath={.items[*].status.podIP}')
    ).split(' ');
    expect(one).not.toBe(two);
  });

  it.concurrent('environment, volumes and the downward API reach the container', async () => {
    const { namespace, output, phase } = await given(
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'settings' },
        data: { COLOUR: 'blue', 'app.conf': 'a=1\n' },
      },
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'keys' },
        stringData: { PASSWORD: 'pa55' },
      },
      pod(
        'reads',
        {
          restartPolicy: 'Never',
          initContainers: [
            container({
              name: 'first',
              script: 'echo first > /shared/order',
              volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
            }),
            container({
              name: 'second',
              script: 'echo second >> /shared/order',
              volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
            }),
          ],
          containers: [
            container({
              script:
                'echo $PLAIN $COMBINED $ESCAPED $COLOUR $SECRET $P_COLOUR $POD_NAME $POD_NAMESPACE $NODE $CPU; cat /shared/order /etc/settings/app.conf /etc/keys/PASSWORD; echo; cat /etc/podinfo/labels; echo; echo $0 $1',
              args: ['$(PLAIN)', '$(UNKNOWN)'],
              envFrom: [{ prefix: 'P_', configMapRef: { name: 'settings' } }],
              env: [
                { name: 'PLAIN', value: 'one' },
                { name: 'COMBINED', value: '$(PLAIN)-two' },
                { name: 'ESCAPED', value: '$$(PLAIN)' },
                {
                  name: 'COLOUR',
                  valueFrom: { configMapKeyRef: { name: 'settings', key: 'COLOUR' } },
                },
                { name: 'SECRET', valueFrom: { secretKeyRef: { name: 'keys', key: 'PASSWORD' } } },
                { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                {
                  name: 'POD_NAMESPACE',
                  valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } },
                },
                { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
                {
                  name: 'CPU',
                  valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } },
                },
              ],
              resources: { limits: { memory: '64Mi' } },
              volumeMounts: [
                { name: 'shared', mountPath: '/shared' },
                { name: 'settings', mountPath: '/etc/settings' },
                { name: 'keys', mountPath: '/etc/keys', readOnly: true },
                { name: 'podinfo', mountPath: '/etc/podinfo' },
              ],
            }),
          ],
          volumes: [
            { name: 'shared', emptyDir: {} },
            { name: 'settings', configMap: { name: 'settings' } },
            { name: 'keys', secret: { secretName: 'keys' } },
            {
              name: 'podinfo',
              downwardAPI: {
                items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }],
              },
            },
          ],
        },
        { labels: { tier: 'web' } },
      ),
    );
    await phase('reads', 'Succeeded');
    expect((await output('logs', 'reads')).trim().split('\n')).toEqual([
      `one one-two $(PLAIN) blue pa55 blue reads ${namespace} ${cluster.nodeName} 64`,
      'first',
      'second',
      'a=1',
      'pa55',
      'tier="web"',
      'one $(UNKNOWN)',
    ]);
  });

  it.concurrent('a pod waits for the config map that it names, and starts when it comes', async () => {
    const { namespace, output, ready } = await given(
      pod('early', { containers: [container({ envFrom: [{ configMapRef: { name: 'late' } }] })] }),
    );
    const reason = 'jsonpath={.status.containerStatuses[0].state.waiting.reason}';
    await until(
      'the container says why it waits',
      async () =>
        (await output('get', 'pod', 'early', '-o', reason)) === 'CreateContainerConfigError',
    );
    expect(await output('get', 'pod', 'early', '--no-headers')).toMatch(
      /0\/1 +CreateContainerConfigError/,
    );
    await cluster.apply(namespace, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'late' },
      data: { A: 'b' },
    });
    await ready('early');
    expect(await output('exec', 'early', '--', '/bin/sh', '-c', 'echo $A')).toBe('b\n');
  });

  it.concurrent('restartPolicy decides what follows an exit', async () => {
    const ends = (name: string, restartPolicy: string, code: number) =>
      pod(name, { restartPolicy, containers: [container({ script: `exit ${code}` })] });
    const { output, phase } = await given(
      ends('never-0', 'Never', 0),
      ends('never-3', 'Never', 3),
      ends('onfailure-0', 'OnFailure', 0),
      ends('always-0', 'Always', 0),
      ends('onfailure-1', 'OnFailure', 1),
    );
    await phase('never-0', 'Succeeded');
    await phase('onfailure-0', 'Succeeded');
    await phase('never-3', 'Failed');
    const exit = 'jsonpath={.status.containerStatuses[0].state.terminated.exitCode}';
    expect(await output('get', 'pod', 'never-3', '-o', exit)).toBe('3');
    const restarts =
      'jsonpath={.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].state.waiting.reason}';
    for (const name of ['always-0', 'onfailure-1']) {
      await until(`${name} backs off after a restart`, async () =>
        /^[1-9] CrashLoopBackOff$/.test(await output('get', 'pod', name, '-o', restarts)),
      );
    }
    expect(await output('get', 'pods', '--no-headers')).toMatch(
      /onfailure-1 +0\/1 +CrashLoopBackOff +[1-9]/,
    );
    const events = await output(
      'get',
      'events',
      '--field-selector',
      'involvedObject.name=onfailure-1,reason=BackOff',
    );
    expect(events).toContain('Back-off restarting failed container main in pod onfailure-1');
  });

  it.concurrent('an unknown image is reported as ErrImagePull and ImagePullBackOff', async () => {
    const { output } = await given(
      pod('absent', {
        containers: [{ name: 'main', image: 'fairlead.test/absent:1', imagePullPolicy: 'Never' }],
      }),
    );
    await until('the pod says that the image is absent', async () =>
      (await output('get', 'pod', 'absent', '--no-headers')).includes('ErrImageNeverPull'),
    );
    expect(await output('describe', 'pod', 'absent')).toContain(
      'Container image "fairlead.test/absent:1" is not present with pull policy of Never',
    );
  });

  it.concurrent('logs can be followed, cut, dated and asked of the run before', async () => {
    const { kubectl, output, ready, namespace } = await given(
      pod('talks', {
        containers: [
          container({
            name: 'counts',
            script:
              'for i in 1 2 3 4 5; do echo line $i; done; while [ ! -e /tmp/go ]; do sleep 0.1; done; echo last >&2; sleep 1; exit 1',
          }),
          container({ name: 'silent' }),
        ],
      }),
    );
    await ready('talks');
    const ambiguous = await kubectl('logs', 'talks');
    expect(ambiguous.stderr).toContain('Defaulted container "counts" out of: counts, silent');
    expect(await output('logs', 'talks', '-c', 'counts', '--tail=2')).toBe('line 4\nline 5\n');
    expect(await output('logs', 'talks', '-c', 'counts', '--since=1h', '--limit-bytes=7')).toBe(
      'line 1\n',
    );
    const dated = await output('logs', 'talks', '-c', 'counts', '--timestamps');
    expect(dated.split('\n')[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z line 1$/);
    const following = cluster.kubectlInBackground([
      '-n',
      namespace,
      'logs',
      '-f',
      'talks',
      '-c',
      'counts',
    ]);
    await until('the first lines are followed', () => following.stdout.includes('line 5'));
    await output('exec', 'talks', '-c', 'counts', '--', 'touch', '/tmp/go');
    expect(await following.exited).toBe(0);
    expect(following.stdout).toMatch(/line 1\n[^]*last\n$/);
    await until(
      'the container was restarted',
      async () =>
        (await output(
          'get',
          'pod',
          'talks',
          '-o',
          'jsonpath={.status.containerStatuses[?(@.name=="counts")].restartCount}',
        )) === '1',
    );
    expect(await output('logs', 'talks', '-c', 'counts', '--previous')).toContain('last\n');
    const unknown = await kubectl('logs', 'talks', '-c', 'absent');
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('container absent is not valid for pod talks'),
    });
  });

  it.concurrent('exec gives the exit code, the input and both outputs of the command', async () => {
    const { namespace, kubectl, ready } = await given(pod('works'));
    await ready('works');
    const exec = (...command: string[]) => kubectl('exec', 'works', '--', ...command);
    expect(await exec('true')).toMatchObject({ code: 0 });
    expect(await exec('/bin/sh', '-c', 'echo out; echo err >&2; exit 1')).toMatchObject({
      code: 1,
      stdout: 'out\n',
      stderr: 'err\ncommand terminated with exit code 1\n',
    });
    expect((await exec('/bin/sh', '-c', 'kill -9 $$')).code).toBe(137);
    expect((await exec('/bin/absent')).code).toBeGreaterThan(0);
    const echoed = await cluster.kubectl(
      ['-n', namespace, 'exec', '-i', 'works', '--', 'wc', '-c'],
      {
        input: 'x'.repeat(300_000),
      },
    );
    expect(echoed).toMatchObject({ code: 0, stdout: '300000\n' });
  });

  it.concurrent('exec with a terminal has one, of the size that the client has', async () => {
    const { namespace, ready } = await given(pod('screen'));
    await ready('screen');
    // The size follows the command's start, as everywhere: the command waits until it has one.
    const { code, stdout } = await cluster.terminal(
      [
        '-n',
        namespace,
        'exec',
        '-it',
        'screen',
        '--',
        '/bin/sh',
        '-c',
        'tty; until [ -n "$(stty size 2>/dev/null)" ]; do sleep 0.1; done; stty size; exit 7',
      ],
      { rows: 33, columns: 101 },
    );
    expect(stdout).toContain('/dev/pts/');
    expect(stdout).toContain('33 101');
    expect(code).toBe(7);
  });

  it.concurrent('attach shows what a container says from then on, and feeds its input', async () => {
    const { namespace, ready } = await given(
      pod('listens', {
        containers: [
          container({
            stdin: true,
            script: 'while read line; do echo got $line; done; sleep 1000',
          }),
        ],
      }),
    );
    await ready('listens');
    const attached = cluster.kubectlInBackground(['-n', namespace, 'attach', '-i', 'listens']);
    attached.process.stdin?.write('one\n');
    await until('the first answer', () => attached.stdout.includes('got one'));
    attached.process.stdin?.write('two\n');
    await until('the second answer', () => attached.stdout.includes('got two'));
    await attached.stop();
  });

  it.concurrent('run -i shows what a short command says, and ends with its exit code', async () => {
    const { kubectl } = await given();
    const run = (name: string, script: string) =>
      kubectl(
        'run',
        name,
        '--rm',
        '-i',
        '--restart=Never',
        `--image=${IMAGE}`,
        '--',
        'sh',
        '-c',
        script,
      );
    // Whether it is over before kubectl attaches or not makes no difference to who runs it.
    const results = await Promise.all([
      run('quick', 'echo said; exit 3'),
      run('slow', 'sleep 2; echo said; exit 3'),
    ]);
    for (const { code, stdout } of results) {
      expect(stdout).toMatch(/^said\n/);
      expect(code).toBe(3);
    }
  });

  it.concurrent('cp copies files and folders both ways', async () => {
    const { output, ready } = await given(pod('store'));
    await ready('store');
    const local = await cluster.localFiles({
      'in/a.txt': 'alpha\n',
      'in/sub/b.bin': 'x'.repeat(200_000),
    });
    await output('cp', `${local}/in`, 'store:/tmp/in');
    expect(await output('exec', 'store', '--', 'cat', '/tmp/in/a.txt')).toBe('alpha\n');
    await output('cp', 'store:/tmp/in', `${local}/out`);
    expect(await readFile(join(local, 'out/sub/b.bin'), 'utf8')).toBe('x'.repeat(200_000));
  });

  it.concurrent('deletion gives a container its grace period, and no more', async () => {
    const deaf = (name: string, seconds: number) =>
      pod(name, {
        terminationGracePeriodSeconds: seconds,
        containers: [container({ script: "trap '' TERM; while true; do sleep 0.2; done" })],
      });
    const { output, ready } = await given(
      deaf('short', 2),
      pod('polite', { terminationGracePeriodSeconds: 60 }),
    );
    await ready('short');
    await ready('polite');
    const begun = Date.now();
    await output('delete', 'pod', 'polite');
    expect(Date.now() - begun).toBeLessThan(20_000);
    const begunShort = Date.now();
    await output('delete', 'pod', 'short');
    expect(Date.now() - begunShort).toBeGreaterThan(1_500);
    expect(Date.now() - begunShort).toBeLessThan(20_000);
  });

  it.concurrent('deleting a namespace removes its containers from the engine too', async () => {
    const { namespace, ready } = await given(pod('a'), pod('b'));
    await ready('a');
    await ready('b');
    const mine = async () =>
      (await cluster.containers()).filter((found) => found.namespace === namespace);
    expect(await mine()).toHaveLength(4);
    await cluster.kubectlOutput(['delete', 'namespace', namespace]);
    expect(await mine()).toEqual([]);
    const gone = await cluster.kubectl(['get', 'namespace', namespace]);
    expect(gone).toMatchObject({
      code: 1,
      stderr: `Error from server (NotFound): namespaces "${namespace}" not found\n`,
    });
  });
});
