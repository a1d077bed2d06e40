import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { claim, configMap, container, once, pod, secret } from './harness/manifests.ts';
import { PodRunner } from './harness/pod-runner.ts';
import { until } from './harness/until.ts';

/** Rows of test/conformance/rows.tsv about empty directories, and parts of volumes. */
describe('conformance of volumes: MOUNT-3, MOUNT-5', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('conformance-volumes');
  });
  afterAll(() => cluster?.stop());

  const volumeMounts = [{ name: 'v', mountPath: '/v' }];
  const emptyDir = (medium: string) => [{ name: 'v', emptyDir: { medium } }];

  /** What a script prints in a container that has the volume `v` at /v. */
  const printed = async (script: string, spec: object, fields: object = {}) => {
    const runner = await PodRunner.in(cluster);
    const containers = [container({ script, volumeMounts, ...fields })];
    return (await runner.output(once('p', {}, { containers, ...spec }))).trim();
  };

  it.concurrent.each([
    [
      '[sig-storage] EmptyDir volumes should support (non-root,0644,default) [LinuxOnly] [Conformance] [NodeConformance]',
      1001,
      '644',
      '',
    ],
    [
      '[sig-storage] EmptyDir volumes should support (non-root,0644,tmpfs) [LinuxOnly] [Conformance] [NodeConformance]',
      1001,
      '644',
      'Memory',
    ],
    [
      '[sig-storage] EmptyDir volumes should support (non-root,0666,default) [LinuxOnly] [Conformance] [NodeConformance]',
      1001,
      '666',
      '',
    ],
    [
      '[sig-storage] EmptyDir volumes should support (non-root,0666,tmpfs) [LinuxOnly] [Conformance] [NodeConformance]',
      1001,
      '666',
      'Memory',
    ],
    [
      '[sig-storage] EmptyDir volumes should support (non-root,0777,default) [LinuxOnly] [Conformance] [NodeConformance]',
      1001,
      '777',
      '',
    ],
    [
      '[sig-storage] EmptyDir volumes should support (non-root,0777,tmpfs) [LinuxOnly] [Conformance] [NodeConformance]',
      1001,
      '777',
      'Memory',
    ],
    [
      '[sig-storage] EmptyDir volumes should support (root,0644,default) [LinuxOnly] [Conformance] [NodeConformance]',
      0,
      '644',
      '',
    ],
    [
      '[sig-storage] EmptyDir volumes should support (root,0644,tmpfs) [LinuxOnly] [Conformance] [NodeConformance]',
      0,
      '644',
      'Memory',
    ],
    [
      '[sig-storage] EmptyDir volumes should support (root,0666,default) [LinuxOnly] [Conformance] [NodeConformance]',
      0,
      '666',
      '',
    ],
    [
      '[sig-storage] EmptyDir volumes should support (root,0666,tmpfs) [LinuxOnly] [Conformance] [NodeConformance]',
      0,
      '666',
      'Memory',
    ],
    [
      '[sig-storage] EmptyDir volumes should support (root,0777,default) [LinuxOnly] [Conformance] [NodeConformance]',
      0,
      '777',
      '',
    ],
    [
      '[sig-storage] EmptyDir volumes should support (root,0777,tmpfs) [LinuxOnly] [Conformance] [NodeConformance]',
      0,
      '777',
      'Memory',
    ],
  ] as const)('%s', async (_, runAsUser, mode, medium) => {
    const script = `echo text > /v/file; chmod ${mode} /v/file; stat -c '%a %u' /v/file; cat /v/file; stat -f -c %T /v`;
    const said = await printed(script, {
      volumes: emptyDir(medium),
      securityContext: { runAsUser },
    });
    const [file, text, system] = said.split('\n');
    expect([file, text]).toEqual([`${mode} ${runAsUser}`, 'text']);
    expect(system === 'tmpfs').toBe(medium === 'Memory');
  });

  it.concurrent.each([
    [
      '[sig-storage] EmptyDir volumes volume on default medium should have the correct mode [LinuxOnly] [Conformance] [NodeConformance]',
      '',
    ],
    [
      '[sig-storage] EmptyDir volumes volume on tmpfs should have the correct mode [LinuxOnly] [Conformance] [NodeConformance]',
      'Memory',
    ],
  ] as const)('%s', async (_, medium) => {
    const script = 'stat -c %a /v; grep -c " /v tmpfs " /proc/mounts; true';
    const [mode, tmpfs] = (await printed(script, { volumes: emptyDir(medium) })).split('\n');
    expect([mode, tmpfs]).toEqual(['777', medium === 'Memory' ? '1' : '0']);
  });

  it.concurrent('[sig-storage] EmptyDir volumes pod should support shared volumes between containers [Conformance]', async () => {
    const runner = await PodRunner.in(cluster);
    const reads = 'until [ -e /v/file ]; do sleep 0.1; done; cat /v/file';
    const spec = {
      containers: [
        container({ script: reads, volumeMounts }),
        container({
          name: 'writes',
          script: 'echo hello > /v/new; mv /v/new /v/file',
          volumeMounts,
        }),
      ],
      volumes: emptyDir(''),
    };
    expect(await runner.output(once('p', {}, spec))).toBe('hello\n');
  });

  it.concurrent('MOUNT-3: what is in memory ends at its limit, or that of the pod', async () => {
    const script = 'dd if=/dev/zero of=/v/file bs=1M count=8 2>&1; stat -c %s /v/file';
    const limited = [{ name: 'v', emptyDir: { medium: 'Memory', sizeLimit: '4Mi' } }];
    const said = await printed(script, { volumes: limited });
    expect(said).toMatch(/No space left on device[^]*\n4194304$/);
    const size = await printed(
      'df -k /v | tail -n 1',
      { volumes: emptyDir('Memory') },
      {
        resources: { limits: { memory: '32Mi' } },
      },
    );
    expect(size).toMatch(/\s32768\s/);
  });

  it.concurrent.each(['', 'Memory'])(
    "MOUNT-4: an emptyDir (%j) is the group's that the pod has",
    async (medium) => {
      const script = "stat -c '%A %g' /v; touch /v/file; stat -c %g /v/file; id -G";
      const securityContext = { runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000 };
      const said = await printed(script, { volumes: emptyDir(medium), securityContext });
      const [directory, file, groups] = said.split('\n');
      expect([directory, file]).toEqual(['drwxrwsrwx 2000', '2000']);
      expect(groups?.split(' ')).toContain('2000');
    },
  );

  it.concurrent("MOUNT-4: the volume of a claim is the group's that the pod has", async () => {
    const runner = await PodRunner.in(cluster);
    await cluster.apply(runner.namespace, claim('data'));
    const script = "stat -c '%A %g' /v; touch /v/file; stat -c '%u %g' /v/file";
    const spec = {
      securityContext: { runAsUser: 1000, fsGroup: 2000 },
      containers: [container({ script, volumeMounts })],
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }],
    };
    expect(await runner.output(once('p', {}, spec))).toBe('drwxrwsrwx 2000\n1000 2000\n');
  });

  it.concurrent("MOUNT-4: files of a secret are the group's to read, also after an update", async () => {
    const runner = await PodRunner.in(cluster);
    await runner.create(secret('keys', { key: 'hush' }));
    const script = "while true; do stat -L -c '%a %g' /v/key; cat /v/key; echo; sleep 0.3; done";
    const spec = {
      securityContext: { runAsUser: 1000, fsGroup: 2000 },
      containers: [container({ script, volumeMounts })],
      volumes: [{ name: 'v', secret: { secretName: 'keys', defaultMode: 0o400 } }],
    };
    await runner.create(pod('p', spec));
    await runner.running('p');
    const shows = (text: string) =>
      until(`the pod shows ${text}`, async () => (await runner.log('p')).endsWith(text));
    await shows('440 2000\nhush\n');
    await runner.patch('Secret', 'keys', { stringData: { key: 'changed' } });
    await shows('440 2000\nchanged\n');
  });

  const NAMED = [{ name: 'POD_NAME', value: 'foo' }];
  const by = (subPathExpr: string) => [
    { name: 'v', mountPath: '/part', subPathExpr },
    { name: 'v', mountPath: '/v' },
  ];

  it.concurrent('[sig-node] Variable Expansion should allow substituting values in a volume subpath [Conformance]', async () => {
    const fields = { env: NAMED, volumeMounts: by('$(POD_NAME)') };
    const script = 'test -d /v/foo && echo there';
    expect(await printed(script, { volumes: emptyDir('') }, fields)).toBe('there');
  });

  it.concurrent.each([
    [
      '[sig-node] Variable Expansion should fail substituting values in a volume subpath with backticks [Conformance]',
      '..',
      "must not contain '..'",
    ],
    [
      '[sig-node] Variable Expansion should fail substituting values in a volume subpath with absolute path [Conformance]',
      '/tmp',
      'must not be an absolute path',
    ],
  ] as const)('%s', async (_, value, want) => {
    const runner = await PodRunner.in(cluster);
    const env = [{ name: 'POD_NAME', value }];
    const fields = container({ env, volumeMounts: by('$(POD_NAME)') });
    await runner.create(once('p', {}, { containers: [fields], volumes: emptyDir('') }));
    const { status } = await runner.untilReason('p', 'CreateContainerConfigError');
    expect(status?.containerStatuses?.[0]?.state.waiting?.message).toContain(want);
  });

  const FROM_ANNOTATION = [
    ...NAMED,
    {
      name: 'ANNOTATION',
      valueFrom: { fieldRef: { fieldPath: "metadata.annotations['mysubpath']" } },
    },
  ];

  it.concurrent('[sig-node] Variable Expansion should verify that a failing subpath expansion can be modified during the lifecycle of a container [Conformance] [Slow]', async () => {
    const runner = await PodRunner.in(cluster);
    const fields = { env: FROM_ANNOTATION, volumeMounts: by('$(ANNOTATION)/$(POD_NAME)') };
    const spec = { containers: [container(fields)], volumes: emptyDir('') };
    await runner.create(pod('p', spec, { annotations: { notmysubpath: 'mypath' } }));
    const { status } = await runner.untilReason('p', 'CreateContainerConfigError');
    expect(status?.containerStatuses?.[0]?.state.waiting?.message).toBe(
      'missing value for ANNOTATION',
    );
    await runner.patch('Pod', 'p', { metadata: { annotations: { mysubpath: 'mypath' } } });
    await runner.running('p');
  });

  it.concurrent('[sig-node] Variable Expansion should succeed in writing subpaths in container [Conformance]', async () => {
    const runner = await PodRunner.in(cluster);
    const script =
      'touch /v/mypath/foo/test.log; test -f /part/test.log && echo seen; while true; do sleep 1; done';
    const fields = { env: FROM_ANNOTATION, script, volumeMounts: by('$(ANNOTATION)/$(POD_NAME)') };
    const spec = { containers: [container(fields)], volumes: emptyDir('') };
    await runner.create(pod('p', spec, { annotations: { mysubpath: 'mypath' } }));
    await until('the file is seen', async () => (await runner.log('p')) === 'seen\n');
    await runner.patch('Pod', 'p', { metadata: { annotations: { mysubpath: 'mynewpath' } } });
    await runner.delete('Pod', 'p');
    await until('the pod is gone', () =>
      runner.pod('p').then(
        () => false,
        () => true,
      ),
    );
  });

  const ITEM = { path: 'file', fieldRef: { fieldPath: 'metadata.name' } };
  const PART = [{ name: 'v', mountPath: '/part', subPath: 'file' }];

  it.concurrent.each([
    [
      '[sig-storage] Subpath Atomic writer volumes should support subpaths with configmap pod [Conformance]',
      { configMap: { name: 'settings' } },
      'of the config map',
      PART,
    ],
    [
      '[sig-storage] Subpath Atomic writer volumes should support subpaths with configmap pod with mountPath of existing file [Conformance]',
      { configMap: { name: 'settings' } },
      'of the config map',
      [{ ...PART[0], mountPath: '/etc/resolv.conf' }],
    ],
    [
      '[sig-storage] Subpath Atomic writer volumes should support subpaths with downward pod [Conformance]',
      { downwardAPI: { items: [ITEM] } },
      'p',
      PART,
    ],
    [
      '[sig-storage] Subpath Atomic writer volumes should support subpaths with projected pod [Conformance]',
      { projected: { sources: [{ downwardAPI: { items: [ITEM] } }] } },
      'p',
      PART,
    ],
    [
      '[sig-storage] Subpath Atomic writer volumes should support subpaths with secret pod [Conformance]',
      { secret: { secretName: 'keys' } },
      'of the secret',
      PART,
    ],
  ] as const)('%s', async (_, volume, want, mounts) => {
    const runner = await PodRunner.in(cluster);
    await runner.create(
      configMap('settings', { file: 'of the config map' }),
      secret('keys', { file: 'of the secret' }),
    );
    const containers = [container({ script: `cat ${mounts[0].mountPath}`, volumeMounts: mounts })];
    const spec = { containers, volumes: [{ name: 'v', ...volume }] };
    expect(await runner.output(once('p', {}, spec))).toBe(want);
  });

  it.concurrent.each([
    { type: 'Directory', path: 'file', words: 'directory' },
    { type: 'DirectoryOrCreate', path: 'file', words: 'directory' },
    { type: 'File', path: 'directory', words: 'file' },
    { type: 'FileOrCreate', path: 'directory', words: 'file' },
    { type: 'Socket', path: 'file', words: 'socket file' },
    { type: 'CharDevice', path: 'file', words: 'character device' },
    { type: 'BlockDevice', path: 'none', words: 'block device' },
  ])(
    'MOUNT-6: a hostPath of type $type is told when it is a $path',
    async ({ type, path, words }) => {
      const folder = join(cluster.dir.root, `host-${type}`);
      await mkdir(join(folder, 'directory'), { recursive: true });
      await writeFile(join(folder, 'file'), '');
      const runner = await PodRunner.in(cluster);
      const whole = join(folder, path);
      const volumes = [{ name: 'v', hostPath: { path: whole, type } }];
      await runner.create(pod('p', { containers: [container({ volumeMounts })], volumes }));
      expect(await runner.untilEvent('p', 'FailedMount')).toBe(
        `MountVolume.SetUp failed for volume "v" : hostPath type check failed: ${whole} is not a ${words}`,
      );
    },
  );
});
