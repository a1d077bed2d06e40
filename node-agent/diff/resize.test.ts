import { describe, expect, it } from 'vitest';
import type { ContainerStatus } from '../runtime/container-runtime.ts';
import { computeLinuxResources } from './linux-resources.ts';
import type { ContainerSpec, DesiredPod } from './pod.ts';
import { allocationOf, judgeResize, neededResize, withAllocation } from './resize.ts';

const IDENTITY = { namespace: 'default', name: 'web', uid: 'u' };
const ALLOCATABLE = { cpu: '4', memory: '1Gi' };
const NOBODY = () => ({ cpuMilli: 0, memoryBytes: 0 });

const spec = (requests: Record<string, string>, more: object = {}): ContainerSpec => ({
  name: 'main',
  resources: { requests },
  ...more,
});
const pod = (container: ContainerSpec): DesiredPod => ({
  metadata: IDENTITY,
  spec: { containers: [container] },
});

/** A life of a container that has what the spec says. */
function life(container: ContainerSpec): ContainerStatus {
  const { cpuQuota, cpuShares, memoryLimitBytes } = computeLinuxResources(
    pod(container),
    container,
    1,
  );
  return {
    id: 'main-0',
    sandboxID: 's',
    pod: IDENTITY,
    name: 'main',
    attempt: 0,
    hash: '',
    image: '',
    imageID: '',
    createdAtMs: 0,
    state: { kind: 'running', startedAtMs: 0 },
    tty: false,
    resources: { cpuQuota, cpuShares, memoryLimitBytes },
  };
}

describe('A resize in place', () => {
  it.each([
    { name: 'nothing', to: { cpu: '1' }, want: { kind: 'unchanged' } },
    { name: 'more that fits', to: { cpu: '2' }, want: { kind: 'accepted' } },
    {
      name: 'more than the node has',
      to: { cpu: '5' },
      want: {
        kind: 'pending',
        reason: 'Infeasible',
        message: "Node didn't have enough capacity: cpu, requested: 5000, capacity: 4000",
      },
    },
    {
      name: 'more than is free',
      to: { cpu: '3' },
      others: 2000,
      want: {
        kind: 'pending',
        reason: 'Deferred',
        message:
          "Node didn't have enough resource: cpu, requested: 3000, used: 2000, capacity: 4000",
      },
    },
    { name: 'less on a full node', to: { cpu: '500m' }, others: 5000, want: { kind: 'accepted' } },
  ])('POD-10: of $name is $want.kind', ({ to, others, want }) => {
    const allocation = allocationOf(pod(spec({ cpu: '1' })));
    const used = () => ({ cpuMilli: others ?? 0, memoryBytes: 0 });
    expect(judgeResize(pod(spec(to)), allocation, ALLOCATABLE, used)).toEqual(want);
  });

  it('that does not fit leaves the pod with what it was given', () => {
    const before = pod(spec({ cpu: '1' }));
    const after = pod(spec({ cpu: '8' }));
    expect(judgeResize(after, allocationOf(before), ALLOCATABLE, NOBODY).kind).toBe('pending');
    expect(withAllocation(after, allocationOf(before))).toEqual(before);
  });

  it('changes the container only where the kernel would see a difference', () => {
    const running = life(spec({ cpu: '1m' }));
    const same = spec({ cpu: '2m' });
    expect(neededResize(pod(same), same, running)).toBeUndefined();
    const more = spec({ cpu: '100m' });
    expect(neededResize(pod(more), more, running)).toMatchObject({
      resources: { cpuShares: 102 },
      restart: false,
    });
  });

  it.each([
    { changed: 'cpu', restarts: 'cpu', want: true },
    { changed: 'cpu', restarts: 'memory', want: false },
    { changed: 'memory', restarts: 'memory', want: true },
  ])('of $changed restarts a container that says so for $restarts: $want', (row) => {
    const limits = { cpu: '1', memory: '64Mi' };
    const running = life(spec({}, { resources: { limits } }));
    const resizePolicy = [{ resourceName: row.restarts, restartPolicy: 'RestartContainer' }];
    const changed = { ...limits, ...(row.changed === 'cpu' ? { cpu: '2' } : { memory: '65Mi' }) };
    const after = spec({}, { resources: { limits: changed }, resizePolicy });
    expect(neededResize(pod(after), after, running)?.restart).toBe(row.want);
  });
});
