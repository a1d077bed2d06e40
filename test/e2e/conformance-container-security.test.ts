import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { IMAGE } from './harness/image.ts';
import { container, once } from './harness/manifests.ts';
import type { ContainerManifest } from './harness/manifests.ts';
import { PodRunner } from './harness/pod-runner.ts';

/** The test image with an entrypoint and arguments of its own. */
const ECHO_IMAGE = 'fairlead.test/conformance-echo:1';
const CAP_NET_ADMIN = 1n << 12n;

/** Rows of test/conformance/rows.tsv about what a container's process is and may do. */
describe('conformance of security contexts and commands: CONTAINER-1, CONTAINER-3', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('conformance-security');
    const engine = new Docker();
    const source = await engine.createContainer({
      Image: IMAGE,
      Entrypoint: ['/bin/echo', 'entrypoint'],
      Cmd: ['default', 'arguments'],
    });
    await source.commit({ repo: 'fairlead.test/conformance-echo', tag: '1' });
    await source.remove();
  });
  afterAll(async () => {
    await cluster?.stop();
    await new Docker().getImage(ECHO_IMAGE).remove();
  });

  /** What a script prints in a container with such fields, in a pod with such a spec. */
  const printed = async (fields: ContainerManifest, spec: object = {}) => {
    const runner = await PodRunner.in(cluster);
    return (await runner.output(once('p', fields, { ...spec }))).trim();
  };

  it.concurrent.each([
    [
      '[sig-node] Containers should use the image defaults if command and args are blank [Conformance] [NodeConformance]',
      {},
      'entrypoint default arguments',
    ],
    [
      "[sig-node] Containers should be able to override the image's default arguments (container cmd) [Conformance] [NodeConformance]",
      { args: ['other'] },
      'entrypoint other',
    ],
    [
      "[sig-node] Containers should be able to override the image's default command (container entrypoint) [Conformance] [NodeConformance]",
      { command: ['/bin/echo', 'command'] },
      'command',
    ],
    [
      "[sig-node] Containers should be able to override the image's default command and arguments [Conformance] [NodeConformance]",
      { command: ['/bin/echo', 'command'], args: ['other'] },
      'command other',
    ],
  ] as const)('%s', async (_, fields, want) => {
    const containers = [{ name: 'main', image: ECHO_IMAGE, ...fields }];
    expect(await printed({}, { containers })).toBe(want);
  });

  const ID = { script: 'id -u; id -g' };

  it.concurrent.each([
    [
      '[sig-node] Security Context When creating a container with runAsUser should run the container with uid 65534 [LinuxOnly] [Conformance] [NodeConformance]',
      {},
      { runAsUser: 65534 },
      '65534\n0',
    ],
    [
      '[sig-node] Security Context should support container.SecurityContext.RunAsUser And container.SecurityContext.RunAsGroup [LinuxOnly] [Conformance]',
      { runAsUser: 1002, runAsGroup: 2003 },
      { runAsUser: 1001, runAsGroup: 2002 },
      '1001\n2002',
    ],
    [
      '[sig-node] Security Context should support pod.Spec.SecurityContext.RunAsUser And pod.Spec.SecurityContext.RunAsGroup [LinuxOnly] [Conformance]',
      { runAsUser: 1001, runAsGroup: 2002 },
      {},
      '1001\n2002',
    ],
  ] as const)('%s', async (_, ofPod, ofContainer, want) => {
    const containers = [container({ ...ID, securityContext: ofContainer })];
    expect(await printed({}, { securityContext: ofPod, containers })).toBe(want);
  });

  it.concurrent('a group without a user goes with the user of the image', async () => {
    expect(await printed({ ...ID, securityContext: { runAsGroup: 2002 } })).toBe('0\n2002');
  });

  it.concurrent('CONTAINER-3: a container that may not run as root does not start as root', async () => {
    const runner = await PodRunner.in(cluster);
    await runner.create(once('p', { ...ID, securityContext: { runAsNonRoot: true } }));
    const { status, metadata } = await runner.untilReason('p', 'CreateContainerConfigError');
    expect(status?.containerStatuses?.[0]?.state.waiting?.message).toBe(
      `container has runAsNonRoot and image will run as root (pod: "p_${runner.namespace}(${metadata.uid})", container: main)`,
    );
  });

  it.concurrent('[sig-node] Security Context When creating a pod with privileged should run the container as unprivileged when false [LinuxOnly] [Conformance] [NodeConformance]', async () => {
    const script = 'ip link set lo down 2>&1 || true; grep CapEff /proc/self/status';
    const said = await printed({ script, securityContext: { privileged: false } });
    expect(said).toContain('Operation not permitted');
    const capabilities = BigInt(`0x${/CapEff:\s*(\w+)/.exec(said)?.[1] ?? ''}`);
    expect(capabilities & CAP_NET_ADMIN).toBe(0n);
  });

  const TOUCH = { script: 'touch /file 2> /dev/null && echo written || echo refused' };

  it.concurrent.each([
    [
      '[sig-node] Security Context When creating a pod with readOnlyRootFilesystem should run the container with writable rootfs when readOnlyRootFilesystem=false [Conformance] [NodeConformance]',
      false,
      'written',
    ],
    [
      '[sig-node] Kubelet when scheduling a read only busybox container should not write to root filesystem [LinuxOnly] [Conformance] [NodeConformance]',
      true,
      'refused',
    ],
  ] as const)('%s', async (_, readOnlyRootFilesystem, want) => {
    expect(await printed({ ...TOUCH, securityContext: { readOnlyRootFilesystem } })).toBe(want);
  });

  it.concurrent('[sig-node] Security Context when creating containers with AllowPrivilegeEscalation should not allow privilege escalation when false [LinuxOnly] [Conformance] [NodeConformance]', async () => {
    // busybox's own su says whether it became root by the bit on its file.
    const volumeMounts = [{ name: 'bin', mountPath: '/suid' }];
    const asUser = (allowPrivilegeEscalation: boolean) => {
      const securityContext = { runAsUser: 1000, allowPrivilegeEscalation };
      const script = 'grep NoNewPrivs /proc/self/status; /suid/busybox su -c id 2>&1; true';
      return printed(
        {},
        {
          initContainers: [
            container({
              name: 'init',
              script: 'cp /bin/busybox /suid/busybox; chmod 4755 /suid/busybox',
              volumeMounts,
            }),
          ],
          containers: [container({ script, securityContext, volumeMounts })],
          volumes: [{ name: 'bin', emptyDir: {} }],
        },
      );
    };
    expect(await asUser(false)).toMatch(/^NoNewPrivs:\s1\n.*must be suid/s);
    expect(await asUser(true)).not.toContain('must be suid');
  });

  it.concurrent('[sig-node] Sysctls [LinuxOnly] should support sysctls [Environment:NotInUserNS] [Conformance] [NodeConformance]', async () => {
    const securityContext = { sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }] };
    const script = 'cat /proc/sys/kernel/shm_rmid_forced';
    expect(await printed({ script }, { securityContext })).toBe('1');
  });

  it.concurrent('CONTAINER-6: a pod with a setting of the kernel that is not safe is refused', async () => {
    const runner = await PodRunner.in(cluster);
    const securityContext = { sysctls: [{ name: 'kernel.msgmax', value: '65536' }] };
    await runner.create(once('p', {}, { securityContext }));
    const { status } = await runner.untilPod('p', 'is over', (found) =>
      Boolean(found.status?.phase === 'Failed'),
    );
    const problem = 'forbidden sysctl: "kernel.msgmax" not allowlisted';
    expect(status).toMatchObject({
      reason: 'SysctlForbidden',
      message: `Pod was rejected: ${problem}`,
    });
    expect(await runner.untilEvent('p', 'SysctlForbidden')).toBe(problem);
  });

  it.concurrent.each([
    { seccompProfile: { type: 'Unconfined' }, want: 0 },
    { seccompProfile: { type: 'RuntimeDefault' }, want: 2 },
    { seccompProfile: undefined, want: 2 },
  ])(
    'a container with the seccomp profile $seccompProfile.type',
    async ({ seccompProfile, want }) => {
      const securityContext = seccompProfile === undefined ? {} : { seccompProfile };
      const said = await printed({ script: 'grep Seccomp: /proc/self/status', securityContext });
      expect(said).toBe(`Seccomp:\t${want}`);
    },
  );

  it.concurrent('containers of a pod that shares its processes see those of each other', async () => {
    const script = 'until pidof httpd; do sleep 0.1; done > /dev/null; echo seen; killall httpd';
    const containers = [
      container({ script }),
      container({ name: 'other', script: 'httpd -f -p 8082' }),
    ];
    const runner = await PodRunner.in(cluster);
    const shares = { shareProcessNamespace: true, containers, restartPolicy: 'Never' };
    await runner.create(once('p', {}, shares));
    await runner.untilReason('p', 'Completed');
    expect(await runner.log('p')).toBe('seen\n');
  });
});
