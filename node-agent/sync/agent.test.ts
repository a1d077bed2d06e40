import { describe, expect, it } from 'vitest';
import { fakePod, testedAgents } from '../../test/fakes/tested-agent.ts';

const { setUp } = testedAgents();

describe('An agent on the simulated driver', () => {
  it('greets with its labels and a status that says it is ready', async () => {
    const { plane } = await setUp();
    const { node, position } = plane.hellos[0]!;
    expect(position).toBe(0);
    expect(node.labels).toMatchObject({ tier: 'edge', 'kubernetes.io/hostname': 'edge' });
    expect(node.status).toMatchObject({
      nodeInfo: { kubeletVersion: 'v1.36.0+fairlead.0.1.0' },
      addresses: [
        { type: 'InternalIP', address: '10.1.2.3' },
        { type: 'Hostname', address: 'edge' },
      ],
    });
  });

  it('tells what its pods use when it is asked, and says in its greeting that it can', async () => {
    const { plane } = await setUp();
    const web = fakePod('web');
    plane.setPod(web);
    await plane.untilReady(web);
    plane.sampleUsage('r1');
    await plane.until('an answer', () => plane.usages.length > 0);
    expect(plane.hellos[0]!.features).toContain('usage');
    const { requestID, usage } = plane.usages[0]!;
    expect(requestID).toBe('r1');
    expect(usage!.node).toMatchObject({ memoryBytes: 4096 });
    expect(usage!.pods).toMatchObject([{ name: 'web', containers: [{ name: 'main' }] }]);
    const { cpuNanoCores, memoryBytes } = usage!.pods[0]!.containers[0]!;
    expect(cpuNanoCores).toBeGreaterThan(9_000_000);
    expect(cpuNanoCores).toBeLessThan(11_000_000);
    expect(memoryBytes).toBe(16 * 2 ** 20);
  });

  it('runs a pod and reports it as kubelet would', async () => {
    const { plane } = await setUp();
    const web = fakePod('web');
    plane.setPod(web);
    const status = await plane.untilReady(web);
    expect(status).toMatchObject({
      observedGeneration: 1,
      phase: 'Running',
      hostIP: '10.1.2.3',
      qosClass: 'BestEffort',
      containerStatuses: [
        { name: 'main', ready: true, started: true, restartCount: 0, image: 'web:1' },
      ],
    });
    const conditions = status['conditions'] as { type: string; status: string }[];
    expect(conditions.map(({ type, status: value }) => `${type}=${value}`)).toEqual([
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=True',
      'ContainersReady=True',
      'PodScheduled=True',
    ]);
    await plane.until('events', () => plane.events(web).length >= 4);
    expect(plane.events(web).map(({ reason }) => reason)).toEqual([
      'Pulling',
      'Pulled',
      'Created',
      'Started',
    ]);
    expect(plane.events(web)[0]!.regarding.fieldPath).toBe('spec.containers{main}');
  });

  it('acknowledges each position once it has taken it over', async () => {
    const { plane } = await setUp();
    plane.setPod(fakePod('one'));
    plane.setPod(fakePod('two'));
    await plane.until('acknowledged', () => plane.acknowledged.at(-1) === 2);
  });

  it('runs init containers in order before the others', async () => {
    const { plane } = await setUp();
    const init = (name: string) => ({ name, image: 'web:1', command: ['sleep', '0.02'] });
    const web = fakePod('web', { initContainers: [init('first'), init('second')] });
    plane.setPod(web);
    const status = await plane.untilReady(web);
    expect(status['initContainerStatuses']).toMatchObject([
      { name: 'first', ready: true, state: { terminated: { reason: 'Completed' } } },
      { name: 'second', ready: true, state: { terminated: { reason: 'Completed' } } },
    ]);
    const waiting = plane
      .statusHistory(web)
      .map((entry) => (entry['containerStatuses'] as { state: object }[])[0]!.state);
    expect(waiting).toContainEqual({ waiting: { reason: 'PodInitializing' } });
  });

  it.each([
    { policy: 'Never', command: ['true'], want: 'Succeeded' },
    { policy: 'Never', command: ['false'], want: 'Failed' },
    { policy: 'OnFailure', command: ['true'], want: 'Succeeded' },
  ])('ends as $want when $command ends under $policy', async (row) => {
    const { plane, runtime } = await setUp();
    const containers = [{ name: 'main', image: 'web:1', command: row.command }];
    const job = fakePod('job', { restartPolicy: row.policy, containers });
    plane.setPod(job);
    await plane.untilPhase(job, row.want);
    expect(await runtime.listContainers()).toHaveLength(1);
  });

  it('says why an image cannot be had', async () => {
    const { plane } = await setUp({ missingImages: ['gone:1'] });
    const web = fakePod('web', { containers: [{ name: 'main', image: 'gone:1' }] });
    plane.setPod(web);
    const reasons = () =>
      plane
        .statusHistory(web)
        .map(
          (status) =>
            (status['containerStatuses'] as { state: { waiting?: { reason: string } } }[])[0]!.state
              .waiting?.reason,
        );
    await plane.until('pull fails', () => reasons().includes('ImagePullBackOff'));
    expect(reasons()).toContain('ErrImagePull');
    expect(plane.events(web).map(({ message }) => message)).toContain(
      'Failed to pull image "gone:1": manifest for gone:1 not found',
    );
  });

  it('waits for a config map that is missing, and goes on when it comes', async () => {
    const { plane } = await setUp();
    const web = fakePod('web', { volumes: [{ name: 'v', configMap: { name: 'settings' } }] });
    plane.setPod(web);
    await plane.until('event', () => plane.events(web).length > 0);
    expect(plane.events(web)[0]).toMatchObject({
      reason: 'FailedMount',
      message: 'MountVolume.SetUp failed for volume "v" : configmap "settings" not found',
    });
    plane.setObject('configmaps', 'settings', { key: 'value' });
    await plane.untilReady(web);
  });

  it('waits for a claim that is not bound, and goes on when it is', async () => {
    const { plane, shown } = await setUp();
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }];
    const web = fakePod('web', { volumes });
    plane.setPod(web);
    await plane.until('event', () => plane.events(web).length > 0);
    expect(plane.events(web)[0]).toMatchObject({
      reason: 'FailedMount',
      message:
        'Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process volumes=[v]: error processing PVC default/data: PVC is not bound',
    });
    const source = { local: { path: '/simulated/volumes/disk' } };
    plane.setPod({ ...web, boundVolumes: { v: { claim: 'data', name: 'disk', source } } });
    await plane.untilReady(web);
    expect(shown.get('v')).toEqual({ kind: 'local', path: source.local.path, volume: 'disk' });
  });

  it('NODE-18: removes the directory of a volume when no pod has it any more, and says so', async () => {
    const { plane } = await setUp();
    expect(plane.hellos[0]?.node.annotations).toEqual({
      'fairlead.dev/local-path-directory': '/simulated/volumes',
    });
    const source = { local: { path: '/simulated/volumes/disk' } };
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }];
    const boundVolumes = { v: { claim: 'data', name: 'disk', source } };
    const web = { ...fakePod('web', { volumes }), boundVolumes };
    plane.setPod(web);
    await plane.untilReady(web);
    plane.removeVolumes({ name: 'disk', uid: '1' }, { name: 'other', uid: '2' });
    await plane.until('removed', () => plane.removedVolumes().length > 0);
    expect(plane.removedVolumes()).toEqual(['other']);
    plane.removePod(web);
    await plane.until('removed', () => plane.removedVolumes().includes('disk'));
  });

  it('asks for the tokens of its pods, bound to them, and shows them in their volumes', async () => {
    const { plane, shown } = await setUp();
    const source = { path: 'token', audience: 'vault', expirationSeconds: 7200 };
    const web = fakePod('web', {
      serviceAccountName: 'robot',
      volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: source }] } }],
    });
    plane.setPod(web);
    await plane.untilReady(web);
    const { name, uid } = web.metadata;
    expect(plane.tokenRequests).toEqual([
      {
        account: 'default/robot',
        spec: {
          audiences: ['vault'],
          expirationSeconds: 7200,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      },
    ]);
    const data = Buffer.from('token-1');
    const files = [{ path: 'token', mode: 0o644, data }];
    expect(shown.get('v')).toEqual({ kind: 'files', confidential: true, files });
    expect(plane.events(web).map(({ reason }) => reason)).not.toContain('FailedMount');
  });

  it('says why a pod waits for its token', async () => {
    const { plane } = await setUp();
    plane.tokenRefusal = 'pods "web" not found';
    const sources = [{ serviceAccountToken: { path: 'token' } }];
    const web = fakePod('web', { volumes: [{ name: 'v', projected: { sources } }] });
    plane.setPod(web);
    await plane.until('event', () => plane.events(web).length > 0);
    expect(plane.events(web)[0]).toMatchObject({
      reason: 'FailedMount',
      message:
        'MountVolume.SetUp failed for volume "v" : failed to fetch token: pods "web" not found',
    });
  });
});
