import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { IMAGE } from './harness/image.ts';
import { container, pod } from './harness/manifests.ts';
import { PodRunner } from './harness/pod-runner.ts';
import { describeWithRegistry, LOGIN, Registry } from './harness/registry.ts';
import { until } from './harness/until.ts';

const PULL = { imagePullPolicy: 'Always' };

describeWithRegistry('images: MOUNT-7', () => {
  let cluster: Cluster;
  let registry: Registry;
  beforeAll(async () => {
    cluster = await Cluster.start('images');
    registry = await Registry.start(join(cluster.dir.root, 'registry'));
  });
  afterAll(async () => {
    await cluster?.stop();
    await registry?.stop();
  });

  const of = (image: string, spec: object = {}, fields: object = PULL) =>
    pod('p', { containers: [{ ...container(), image, ...fields }], ...spec });
  const imagePullSecrets = [{ name: 'login' }];

  const waiting = async (runner: PodRunner, reason: string) =>
    (await runner.untilReason('p', reason)).status?.containerStatuses?.[0]?.state.waiting?.message;

  it.concurrent("IMAGE-2, IMAGE-5: an image is pulled with the secret of its pod, and is then in the node's status", async () => {
    const runner = await PodRunner.in(cluster);
    // A Node says at most five names of an image; the test image has many.
    const image = await registry.pushNew('team/web');
    await runner.create(registry.loginSecret('login', `${registry.address}/team`));
    await runner.create(of(image, { imagePullSecrets }));
    await runner.running('p');
    expect(await runner.events('p', 'Pulling')).toEqual([`Pulling image "${image}"`]);
    const [pulled] = await runner.events('p', 'Pulled');
    expect(pulled).toMatch(
      /^Successfully pulled image ".*" in \S+s \(\S+s including waiting\)\. Image size: \d+ bytes\.$/,
    );
    await until('the node has the image', async () => {
      const node = await cluster.client.json<{ status: { images: { names: string[] }[] } }>(
        'GET',
        `/api/v1/nodes/${cluster.nodeName}`,
      );
      return node.status.images.some(({ names }) => names.includes(image));
    });
  });

  it.concurrent('IMAGE-6: an image that took a secret is not there for pods without it', async () => {
    const [owner, other] = [await PodRunner.in(cluster), await PodRunner.in(cluster)];
    const image = await registry.push(IMAGE, 'private');
    const ifNotPresent = { imagePullPolicy: 'IfNotPresent' };
    await owner.create(
      registry.loginSecret('login'),
      of(image, { imagePullSecrets }, ifNotPresent),
    );
    await owner.running('p');
    await other.create(of(image, {}, ifNotPresent));
    expect(await waiting(other, 'ErrImagePull')).toContain('no basic auth credentials');
    const stranger = await PodRunner.in(cluster);
    await stranger.create(of(image, {}, { imagePullPolicy: 'Never' }));
    expect(await waiting(stranger, 'ErrImageNeverPull')).toContain(
      'does not have the proper credentials to access the image',
    );
    const second = {
      ...of(image, { imagePullSecrets }, ifNotPresent),
      metadata: { name: 'second' },
    };
    await owner.create(second);
    await owner.running('second');
    expect(await owner.events('second', 'Pulling')).toEqual([]);
  });

  it.concurrent("IMAGE-2: an image is pulled with the secrets of the pod's ServiceAccount", async () => {
    const runner = await PodRunner.in(cluster);
    const image = await registry.push(IMAGE, 'accounts');
    const { auth: _, ...entry } = LOGIN;
    await runner.create(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'old' },
        type: 'kubernetes.io/dockercfg',
        stringData: { '.dockercfg': JSON.stringify({ [`http://${registry.address}`]: entry }) },
      },
      {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'robot' },
        imagePullSecrets: [{ name: 'old' }],
      },
      of(image, { serviceAccountName: 'robot' }),
    );
    await runner.running('p');
  });

  it.concurrent('IMAGE-3: an image is not pulled without the secret that it takes', async () => {
    const runner = await PodRunner.in(cluster);
    const image = await registry.push(IMAGE, 'secretless');
    await runner.create(registry.loginSecret('login', `${registry.address}/other`));
    await runner.create(of(image, { imagePullSecrets: [{ name: 'login' }, { name: 'none' }] }));
    expect(await waiting(runner, 'ErrImagePull')).toContain('no basic auth credentials');
    expect(await waiting(runner, 'ImagePullBackOff')).toMatch(
      new RegExp(`^Back-off pulling image "${image}": ErrImagePull: `),
    );
    expect(await runner.events('p', 'FailedToRetrieveImagePullSecret')).toEqual([
      'Unable to retrieve some image pull secrets (none); attempting to pull the image may not succeed.',
    ]);
    const failures = await runner.events('p', 'Failed');
    expect(failures).toContain('Error: ErrImagePull');
    expect(failures).toContain('Error: ImagePullBackOff');
    expect(await runner.events('p', 'BackOff')).toEqual([`Back-off pulling image "${image}"`]);
    // Whoever may read the secret comes later: the next try has it.
    await runner.create(registry.loginSecret('none'));
    await runner.running('p');
  });

  it.concurrent.each([
    { image: 'tagless:none', fields: PULL, reason: 'ErrImagePull', message: /manifest/ },
    {
      image: 'absent:1',
      fields: { imagePullPolicy: 'Never' },
      reason: 'ErrImageNeverPull',
      message: /^Container image ".*" is not present with pull policy of Never$/,
    },
    {
      image: 'UPPER/case:1',
      fields: PULL,
      reason: 'InvalidImageName',
      message: /couldn't parse image name ".*": invalid reference format/,
    },
  ])('IMAGE-1: the image $image is told as $reason', async ({ image, fields, reason, message }) => {
    const runner = await PodRunner.in(cluster);
    await runner.create(registry.loginSecret('login'));
    await runner.create(of(`${registry.address}/${image}`, { imagePullSecrets }, fields));
    expect(await waiting(runner, reason)).toMatch(message);
  });

  it.concurrent('IMAGE-3: a pull that is cut off is tried again, and ends with the whole image', async () => {
    const runner = await PodRunner.in(cluster);
    const image = await registry.pushNew('broken');
    const cuts = [
      { request: /^GET \/v2\/broken\/manifests\//, after: 100 },
      { request: /^GET \/v2\/broken\/blobs\//, after: 100_000 },
    ];
    registry.cut = (request) =>
      cuts[0]?.request.test(request) === true ? cuts.shift()?.after : undefined;
    await runner.create(registry.loginSecret('login'));
    const spec = {
      imagePullSecrets,
      containers: [{ ...container({ script: 'true' }), image, ...PULL }],
    };
    await runner.create(pod('p', { restartPolicy: 'Never', ...spec }));
    expect(await waiting(runner, 'ErrImagePull')).toBeTruthy();
    await runner.untilReason('p', 'Completed');
    expect(cuts).toEqual([]);
  });

  it.concurrent('[sig-node] ImageVolume should succeed with pod and pull policy of Always [LinuxOnly] [MinimumKubeletVersion:1.35] [Conformance]', async () => {
    const runner = await PodRunner.in(cluster);
    const reference = await registry.push(IMAGE, 'files');
    await runner.create(registry.loginSecret('login'));
    const script = 'ls -l /image/bin/busybox; touch /image/x 2>&1; ls /part';
    const volumeMounts = [
      { name: 'files', mountPath: '/image' },
      { name: 'files', mountPath: '/part', subPath: 'tmp' },
    ];
    const spec = {
      restartPolicy: 'Never',
      imagePullSecrets,
      containers: [container({ script, volumeMounts })],
      volumes: [{ name: 'files', image: { reference, pullPolicy: 'Always' } }],
    };
    const said = await runner.output(pod('p', spec));
    expect(said).toMatch(/^-rwxr-xr-x .* \/image\/bin\/busybox\n.*Read-only file system\n$/s);
    expect(await runner.events('p', 'Pulling')).toEqual([`Pulling image "${reference}"`]);
  });
});
