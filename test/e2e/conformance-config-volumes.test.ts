import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { configMap, container, once, pod, secret } from './harness/manifests.ts';
import { PodRunner } from './harness/pod-runner.ts';
import { until } from './harness/until.ts';

interface Source {
  /** The volume's items, modes and whether what it shows must be there. */
  readonly items?: object[];
  readonly defaultMode?: number;
  readonly optional?: boolean;
}

interface Kind {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly make: (name: string, data: object) => object;
  readonly volume: (object: string, source?: Source) => object;
}

const projected =
  (kind: 'configMap' | 'secret') =>
  (name: string, { defaultMode, ...source }: Source = {}): object => ({
    projected: {
      sources: [{ [kind]: { name, ...source } }],
      ...(defaultMode === undefined ? {} : { defaultMode }),
    },
  });

const CONFIG_MAP: Kind = {
  kind: 'ConfigMap',
  make: configMap,
  volume: (name, source) => ({ configMap: { name, ...source } }),
};
const SECRET: Kind = {
  kind: 'Secret',
  make: secret,
  volume: (secretName, source) => ({ secret: { secretName, ...source } }),
};
const PROJECTED_CONFIG_MAP: Kind = { ...CONFIG_MAP, volume: projected('configMap') };
const PROJECTED_SECRET: Kind = { ...SECRET, volume: projected('secret') };

const MAPPED = [{ key: 'data-2', path: 'path/to/data-2' }];
const MAPPED_WITH_MODE = [{ key: 'data-2', path: 'path/to/data-2', mode: 0o400 }];
const USER = { runAsUser: 1000 };
const USER_AND_GROUP = { runAsUser: 1000, fsGroup: 1001 };

/** Rows of test/conformance/rows.tsv about volumes of config maps and secrets. */
describe('conformance of volumes of config maps and secrets: MOUNT-1, MOUNT-2', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('conformance-config');
  });
  afterAll(() => cluster?.stop());

  const DATA = { 'data-1': 'value-1', 'data-2': 'value-2', 'data-3': 'value-3' };
  const mount = (name: string) => ({ name, mountPath: `/etc/${name}` });

  it.concurrent.each([
    [
      '[sig-storage] ConfigMap should be consumable from pods in volume [Conformance] [NodeConformance]',
      CONFIG_MAP,
      {},
      {},
      '644',
    ],
    [
      '[sig-storage] ConfigMap should be consumable from pods in volume as non-root [Conformance] [NodeConformance]',
      CONFIG_MAP,
      {},
      USER,
      '644',
    ],
    [
      '[sig-storage] ConfigMap should be consumable from pods in volume with defaultMode set [LinuxOnly] [Conformance] [NodeConformance]',
      CONFIG_MAP,
      { defaultMode: 0o400 },
      {},
      '400',
    ],
    [
      '[sig-storage] ConfigMap should be consumable from pods in volume with mappings [Conformance] [NodeConformance]',
      CONFIG_MAP,
      { items: MAPPED },
      {},
      '644',
    ],
    [
      '[sig-storage] ConfigMap should be consumable from pods in volume with mappings and Item mode set [LinuxOnly] [Conformance] [NodeConformance]',
      CONFIG_MAP,
      { items: MAPPED_WITH_MODE },
      {},
      '400',
    ],
    [
      '[sig-storage] ConfigMap should be consumable from pods in volume with mappings as non-root [Conformance] [NodeConformance]',
      CONFIG_MAP,
      { items: MAPPED },
      USER,
      '644',
    ],
    [
      '[sig-storage] Projected configMap should be consumable from pods in volume [Conformance] [NodeConformance]',
      PROJECTED_CONFIG_MAP,
      {},
      {},
      '644',
    ],
    [
      '[sig-storage] Projected configMap should be consumable from pods in volume as non-root [Conformance] [NodeConformance]',
      PROJECTED_CONFIG_MAP,
      {},
      USER,
      '644',
    ],
    [
      '[sig-storage] Projected configMap should be consumable from pods in volume with defaultMode set [LinuxOnly] [Conformance] [NodeConformance]',
      PROJECTED_CONFIG_MAP,
      { defaultMode: 0o400 },
      {},
      '400',
    ],
    [
      '[sig-storage] Projected configMap should be consumable from pods in volume with mappings [Conformance] [NodeConformance]',
      PROJECTED_CONFIG_MAP,
      { items: MAPPED },
      {},
      '644',
    ],
    [
      '[sig-storage] Projected configMap should be consumable from pods in volume with mappings and Item mode set [LinuxOnly] [Conformance] [NodeConformance]',
      PROJECTED_CONFIG_MAP,
      { items: MAPPED_WITH_MODE },
      {},
      '400',
    ],
    [
      '[sig-storage] Projected configMap should be consumable from pods in volume with mappings as non-root [Conformance] [NodeConformance]',
      PROJECTED_CONFIG_MAP,
      { items: MAPPED },
      USER,
      '644',
    ],
    [
      '[sig-storage] Secrets should be consumable from pods in volume [Conformance] [NodeConformance]',
      SECRET,
      {},
      {},
      '644',
    ],
    [
      '[sig-storage] Secrets should be consumable from pods in volume as non-root with defaultMode and fsGroup set [LinuxOnly] [Conformance] [NodeConformance]',
      SECRET,
      { defaultMode: 0o440 },
      USER_AND_GROUP,
      '440',
    ],
    [
      '[sig-storage] Secrets should be consumable from pods in volume with defaultMode set [LinuxOnly] [Conformance] [NodeConformance]',
      SECRET,
      { defaultMode: 0o400 },
      {},
      '400',
    ],
    [
      '[sig-storage] Secrets should be consumable from pods in volume with mappings [Conformance] [NodeConformance]',
      SECRET,
      { items: MAPPED },
      {},
      '644',
    ],
    [
      '[sig-storage] Secrets should be consumable from pods in volume with mappings and Item Mode set [LinuxOnly] [Conformance] [NodeConformance]',
      SECRET,
      { items: MAPPED_WITH_MODE },
      {},
      '400',
    ],
    [
      '[sig-storage] Projected secret should be consumable from pods in volume [Conformance] [NodeConformance]',
      PROJECTED_SECRET,
      {},
      {},
      '644',
    ],
    [
      '[sig-storage] Projected secret should be consumable from pods in volume as non-root with defaultMode and fsGroup set [LinuxOnly] [Conformance] [NodeConformance]',
      PROJECTED_SECRET,
      { defaultMode: 0o440 },
      USER_AND_GROUP,
      '440',
    ],
    [
      '[sig-storage] Projected secret should be consumable from pods in volume with defaultMode set [LinuxOnly] [Conformance] [NodeConformance]',
      PROJECTED_SECRET,
      { defaultMode: 0o400 },
      {},
      '400',
    ],
    [
      '[sig-storage] Projected secret should be consumable from pods in volume with mappings [Conformance] [NodeConformance]',
      PROJECTED_SECRET,
      { items: MAPPED },
      {},
      '644',
    ],
    [
      '[sig-storage] Projected secret should be consumable from pods in volume with mappings and Item Mode set [LinuxOnly] [Conformance] [NodeConformance]',
      PROJECTED_SECRET,
      { items: MAPPED_WITH_MODE },
      {},
      '400',
    ],
  ] as const)('%s', async (_, kind, source: Source, securityContext, mode) => {
    const runner = await PodRunner.in(cluster);
    await runner.create(kind.make('source', DATA));
    const [file, value] =
      source.items === undefined ? ['data-1', 'value-1'] : ['path/to/data-2', 'value-2'];
    const script = `stat -L -c %a /etc/v/${file}; stat -f -c %T /etc/v; cat /etc/v/${file}`;
    const spec = {
      containers: [container({ script, volumeMounts: [mount('v')] })],
      volumes: [{ name: 'v', ...kind.volume('source', source) }],
      securityContext,
    };
    const [shown, system, text] = (await runner.output(once('p', {}, spec))).split('\n');
    expect([shown, text]).toEqual([mode, value]);
    if (kind.kind === 'Secret') expect(system).toBe('tmpfs');
  });

  it.concurrent.each([
    [
      '[sig-storage] ConfigMap should be consumable in multiple volumes in the same pod [Conformance] [NodeConformance]',
      CONFIG_MAP,
    ],
    [
      '[sig-storage] Projected configMap should be consumable in multiple volumes in the same pod [Conformance] [NodeConformance]',
      PROJECTED_CONFIG_MAP,
    ],
    [
      '[sig-storage] Secrets should be consumable in multiple volumes in a pod [Conformance] [NodeConformance]',
      SECRET,
    ],
    [
      '[sig-storage] Projected secret should be consumable in multiple volumes in a pod [Conformance] [NodeConformance]',
      PROJECTED_SECRET,
    ],
  ] as const)('%s', async (_, kind) => {
    const runner = await PodRunner.in(cluster);
    await runner.create(kind.make('source', DATA));
    const script = 'cat /etc/one/data-1 /etc/two/data-1';
    const spec = {
      containers: [container({ script, volumeMounts: [mount('one'), mount('two')] })],
      volumes: ['one', 'two'].map((name) => ({ name, ...kind.volume('source') })),
    };
    expect(await runner.output(once('p', {}, spec))).toBe('value-1value-1');
  });

  /** A pod that prints, again and again, what is in its volumes. */
  async function watching(runner: PodRunner, volumes: { name: string }[]) {
    const script =
      'cd /etc/v; while true; do for f in */*; do [ -e $f ] && echo $f:$(cat $f); done; echo end; sleep 0.3; done';
    const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/etc/v/${name}` }));
    await runner.create(pod('p', { containers: [container({ script, volumeMounts })], volumes }));
    await runner.running('p');
    /** Waits until the last complete round has just these lines. */
    const shows = (...lines: string[]) =>
      until(`the pod shows ${lines.join(', ')}`, async () => {
        const round = (await runner.log('p')).split('end\n').at(-2) ?? '';
        return round.split('\n').filter(Boolean).sort().join() === [...lines].sort().join();
      });
    return { shows };
  }

  const changed = (kind: Kind, data: Record<string, string | null>): object =>
    kind.kind === 'ConfigMap'
      ? { data }
      : {
          data: Object.fromEntries(
            Object.entries(data).map(([key, value]) => [
              key,
              value === null ? null : Buffer.from(value).toString('base64'),
            ]),
          ),
        };

  it.concurrent.each([
    [
      '[sig-storage] ConfigMap updates should be reflected in volume [Conformance] [NodeConformance]',
      CONFIG_MAP,
    ],
    [
      '[sig-storage] Projected configMap updates should be reflected in volume [Conformance] [NodeConformance]',
      PROJECTED_CONFIG_MAP,
    ],
  ] as const)('%s', async (_, kind) => {
    const runner = await PodRunner.in(cluster);
    await runner.create(kind.make('source', { 'data-1': 'value-1' }));
    const { shows } = await watching(runner, [{ name: 'v', ...kind.volume('source') }]);
    await shows('v/data-1:value-1');
    await runner.patch(kind.kind, 'source', changed(kind, { 'data-1': 'value-2' }));
    await shows('v/data-1:value-2');
    expect((await runner.pod('p')).status?.containerStatuses?.[0]?.restartCount).toBe(0);
  });

  it.concurrent.each([
    [
      '[sig-storage] ConfigMap optional updates should be reflected in volume [Conformance] [NodeConformance]',
      CONFIG_MAP,
    ],
    [
      '[sig-storage] Projected configMap optional updates should be reflected in volume [Conformance] [NodeConformance]',
      PROJECTED_CONFIG_MAP,
    ],
    [
      '[sig-storage] Secrets optional updates should be reflected in volume [Conformance] [NodeConformance]',
      SECRET,
    ],
    [
      '[sig-storage] Projected secret optional updates should be reflected in volume [Conformance] [NodeConformance]',
      PROJECTED_SECRET,
    ],
  ] as const)('%s', async (_, kind) => {
    const runner = await PodRunner.in(cluster);
    await runner.create(
      kind.make('goes', { 'data-1': 'a' }),
      kind.make('changes', { 'data-1': 'b' }),
    );
    const volumes = ['goes', 'changes', 'comes'].map((name) => ({
      name,
      ...kind.volume(name, { optional: true }),
    }));
    const { shows } = await watching(runner, volumes);
    await shows('goes/data-1:a', 'changes/data-1:b');
    await runner.delete(kind.kind, 'goes');
    await runner.patch(kind.kind, 'changes', changed(kind, { 'data-1': null, 'data-3': 'c' }));
    await runner.create(kind.make('comes', { 'data-1': 'd' }));
    await shows('changes/data-3:c', 'comes/data-1:d');
  });

  it.concurrent('[sig-storage] ConfigMap binary data should be reflected in volume [Conformance] [NodeConformance]', async () => {
    const runner = await PodRunner.in(cluster);
    const binary = Buffer.from([0xde, 0xca, 0xfe, 0xba, 0xd0, 0xfe, 0xff]);
    const binaryData = { 'dump.bin': binary.toString('base64') };
    await runner.create(configMap('source', { 'data-1': 'value-1' }, { binaryData }));
    const script = 'cat /etc/v/data-1; echo; base64 /etc/v/dump.bin';
    const spec = {
      containers: [container({ script, volumeMounts: [mount('v')] })],
      volumes: [{ name: 'v', configMap: { name: 'source' } }],
    };
    expect(await runner.output(once('p', {}, spec))).toBe(
      `value-1\n${binary.toString('base64')}\n`,
    );
  });

  it.concurrent('[sig-storage] Secrets should be able to mount in a volume regardless of a different secret existing with same name in different namespace [Conformance] [NodeConformance]', async () => {
    const runner = await PodRunner.in(cluster);
    const other = await PodRunner.in(cluster);
    await other.create(secret('source', { 'data-1': 'of the other' }));
    await runner.create(secret('source', { 'data-1': 'own' }));
    const spec = {
      containers: [container({ script: 'cat /etc/v/data-1', volumeMounts: [mount('v')] })],
      volumes: [{ name: 'v', secret: { secretName: 'source' } }],
    };
    expect(await runner.output(once('p', {}, spec))).toBe('own');
  });

  it.concurrent('[sig-storage] Projected combined should project all components that make up the projection API [Projection] [Conformance] [NodeConformance]', async () => {
    const runner = await PodRunner.in(cluster);
    await runner.create(configMap('settings', { colour: 'blue' }), secret('keys', { key: 'hush' }));
    const sources = [
      { configMap: { name: 'settings', items: [{ key: 'colour', path: 'c/colour' }] } },
      { secret: { name: 'keys', items: [{ key: 'key', path: 's/key' }] } },
      { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
    ];
    const script = 'cd /etc/v; cat c/colour s/key name';
    const spec = {
      containers: [container({ script, volumeMounts: [mount('v')] })],
      volumes: [{ name: 'v', projected: { sources } }],
    };
    expect(await runner.output(once('p', {}, spec))).toBe('bluehushp');
  });

  it.concurrent('[sig-storage] EmptyDir wrapper volumes should not conflict [Conformance]', async () => {
    const runner = await PodRunner.in(cluster);
    await runner.create(configMap('settings', { colour: 'blue' }), secret('keys', { key: 'hush' }));
    const spec = {
      containers: [
        container({
          script: 'cat /etc/settings/colour /etc/keys/key',
          volumeMounts: [mount('settings'), mount('keys')],
        }),
      ],
      volumes: [
        { name: 'settings', configMap: { name: 'settings' } },
        { name: 'keys', secret: { secretName: 'keys' } },
      ],
    };
    expect(await runner.output(once('p', {}, spec))).toBe('bluehush');
  });

  it.concurrent('[sig-storage] EmptyDir wrapper volumes should not cause race condition when used for configmaps [Conformance] [Serial]', async () => {
    const runner = await PodRunner.in(cluster);
    const names = Array.from({ length: 50 }, (_, index) => `racey-${index}`);
    await Promise.all(names.map((name) => runner.create(configMap(name, { 'data-1': name }))));
    const containers = [container({ volumeMounts: names.map(mount) })];
    const volumes = names.map((name) => ({ name, configMap: { name } }));
    const pods = ['a', 'b', 'c', 'd', 'e'];
    await runner.create(...pods.map((name) => pod(name, { containers, volumes })));
    for (const name of pods) {
      await runner.running(name);
      expect(await runner.events(name, 'FailedMount')).toEqual([]);
    }
  });
});
