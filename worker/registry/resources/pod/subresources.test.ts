import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { C, IN_42, POD } from '../../../../test/pod-sample.ts';
import { created, errorsOf, updated, withValue } from '../../../../test/strategy-harness.ts';

describe('subresources', () => {
  const write = (subresource: string, object: KubernetesObject, old: KubernetesObject): string[] =>
    errorsOf('pods', object, old, subresource);
  const old = created('pods', POD);

  it('resize changes cpu and memory', () => {
    const twice = { cpu: '2', memory: '1Gi' };
    const resources = { limits: twice, requests: twice };
    expect(write('resize', withValue(old, `${C}.resources`, resources), old)).toEqual([]);
    expect(write('resize', withValue(old, `${C}.resources`, {}), old)).not.toEqual([]);
    expect(write('resize', withValue(old, `${C}.image`, 'x'), old)).toEqual([
      expect.stringMatching(/^spec: Forbidden: only cpu and memory resources are mutable/),
    ]);
  });

  it('ephemeralcontainers adds containers and changes none', () => {
    const one = { name: 'debug', image: 'busybox' };
    const first = updated('pods', withValue(old, 'spec.ephemeralContainers', [one]), old);
    expect(write('ephemeralcontainers', first, old)).toEqual([]);
    const other = withValue(first, 'spec.ephemeralContainers.0.image', 'x');
    expect(write('ephemeralcontainers', other, first)).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be changed\n',
    ]);
    expect(write('ephemeralcontainers', old, first)).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be removed\n',
    ]);
  });

  it('status lists one address of each family', () => {
    const status = withValue(old, 'status.podIPs', [{ ip: '10.0.0.1' }, { ip: '10.0.0.1' }]);
    expect(write('status', status, old)).toEqual([
      'status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.1"}]: may specify no more than one IP for each IP family',
    ]);
  });

  it('status keeps addresses that it has, and names no node for what is bound', () => {
    const bound = withValue(withValue(old, 'spec.nodeName', 'a'), 'status.podIPs', [{ ip: 'x' }]);
    expect(write('status', bound, bound)).toEqual([]);
    expect(write('status', withValue(bound, 'status.nominatedNodeName', 'b'), bound)).toEqual([
      'status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node',
    ]);
  });

  it('status is validated by its parts', () => {
    const claimed = withValue(old, 'spec.resourceClaims', [{ name: 'a', resourceClaimName: 'x' }]);
    const status = {
      observedGeneration: -1,
      conditions: [{ type: 'a b', observedGeneration: -2 }, { type: 'Ready' }],
      resourceClaimStatuses: [{ name: 'a', resourceClaimName: 'A' }],
      extendedResourceClaimStatus: {
        requestMappings: [
          { containerName: 'main', resourceName: 'x.io/y', requestName: 'r' },
          { containerName: 'none', resourceName: 'cpu', requestName: 'r' },
        ],
      },
      containerStatuses: [
        {
          name: 'main',
          user: { linux: { uid: -1 } },
          allocatedResourcesStatus: [
            { name: 'cpu', resources: [{ resourceID: 'a', health: 'Healthy', message: '' }] },
          ],
        },
      ],
    };
    const wrong = Object.entries(status).reduce(
      (pod, [name, value]) => withValue(pod, `status.${name}`, value),
      claimed,
    );
    expect(write('status', wrong, claimed)).toEqual([
      'status.conditions[0].observedGeneration: Invalid value: -2: must be a non-negative integer',
      expect.stringMatching(/^status.conditions\[0\].Type: Invalid value: "a b": name part must/),
      'status.observedGeneration: Invalid value: -1: must be a non-negative integer',
      expect.stringMatching(
        /^status.resourceClaimStatuses\[0\].resourceClaimName: Invalid value: "A"/,
      ),
      'status.extendedResourceClaimStatus.requestMappings[0].resourceName: Invalid value: "x.io/y": must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests',
      'status.extendedResourceClaimStatus.requestMappings[1].containerName: Invalid value: "none": must match the name of an entry in spec.initContainers.name or spec.containers.name',
      'status.extendedResourceClaimStatus.resourceClaimName: Required value',
      'status.containerStatuses[0].user.linux.uid: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      'status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].message: Required value: must be non-empty if specified',
    ]);
  });

  it.each([
    [{}, undefined, 1, false],
    [{ restartPolicy: 'OnFailure' }, undefined, 1, true],
    [{ restartPolicy: 'OnFailure' }, undefined, 0, false],
    [{ restartPolicy: 'Never' }, [{ action: 'Restart', exitCodes: IN_42 }], 42, true],
    [{ restartPolicy: 'Never' }, [{ action: 'Restart', exitCodes: IN_42 }], 1, false],
    [{ restartPolicy: 'Never' }, [{ action: 'RestartAllContainers', exitCodes: IN_42 }], 1, true],
  ])('a container with %j and %j that ended with %d may run again: %s', (own, rules, code, may) => {
    const pod = withValue(POD, 'spec.restartPolicy', 'Never');
    const container = { ...POD.spec.containers[0], ...own, restartPolicyRules: rules };
    const over = withValue(
      created('pods', withValue(pod, C, JSON.parse(JSON.stringify(container)))),
      'status.containerStatuses',
      [{ name: 'main', state: { terminated: { exitCode: code } } }],
    );
    const again = withValue(over, 'status.containerStatuses.0.state', { running: {} });
    expect(write('status', again, over)).toEqual(
      may
        ? []
        : [
            'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
          ],
    );
  });

  const sized = (cpu: string): object => {
    const amounts = { cpu, memory: '8Gi' };
    return { limits: amounts, requests: amounts };
  };
  const init = { name: 'init', image: 'a', resources: sized('1') };
  const resizable = created('pods', withValue(POD, 'spec.initContainers', [init]));
  const I = 'spec.initContainers.0';

  it.each([
    [`${I}.resources`, sized('2')],
    [
      `${I}.image`,
      'b',
      'spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar containers are mutable',
    ],
    [
      `${C}.resizePolicy`,
      [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
      'spec: Forbidden: only cpu and memory resources are mutable',
    ],
    [
      'spec.initContainers',
      [],
      'spec.initContainers: Forbidden: initContainers may not be added or removed on resize',
    ],
    [
      `${C}.name`,
      'other',
      'spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize',
    ],
  ])('resize with %s %j', (path, value, ...errors) => {
    expect(write('resize', withValue(resizable, path, value), resizable)).toEqual(errors);
  });

  it('resize takes no pod-level resources away', () => {
    const pod = created('pods', withValue(POD, 'spec.resources', sized('4')));
    const { resources: _resources, ...spec } = pod.spec as Record<string, unknown>;
    expect(write('resize', withValue(pod, 'spec', spec), pod)).toEqual([
      'spec.resources: Forbidden: pod-level resources cannot be removed',
    ]);
    expect(write('resize', withValue(pod, 'spec.resources', sized('5')), pod)).toEqual([]);
    const paged = { ...sized('4') } as { limits: object; requests: object };
    for (const list of ['limits', 'requests'] as const) {
      paged[list] = { ...paged[list], 'hugepages-2Mi': '2Mi' };
    }
    expect(write('resize', withValue(pod, 'spec.resources', paged), pod)).toEqual([
      'spec: Forbidden: only cpu and memory resources are mutable at pod-level',
    ]);
    const less = { ...sized('4'), limits: { memory: '8Gi' } };
    expect(write('resize', withValue(pod, 'spec.resources', less), pod)).toContainEqual(
      'spec.resources.limits: Forbidden: pod-level resource limits cannot be removed',
    );
  });
});
