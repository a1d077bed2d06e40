import { describe, expect, it } from 'vitest';
import { containerConfig } from '../../../test/contract/container-runtime.ts';
import { containerOptions } from './container-config.ts';

const NODE = { cluster: 'c', node: 'n' };
const POD = { namespace: 'default', name: 'web', uid: 'u' };

const options = (over: Parameters<typeof containerConfig>[2]) =>
  containerOptions(NODE, 'sandbox', containerConfig(POD, 'web:1', over), true);

const security = (over: object) => ({ ...containerConfig(POD, 'web:1', {}).security, ...over });

/** What no engine at hand can do is checked as far as it is asked for. */
describe('What the engine is asked for', () => {
  it('is a volume of its own for a directory of another server', () => {
    const mount = {
      hostPath: '',
      containerPath: '/data',
      readOnly: true,
      nfs: { server: 'files.test', path: '/export' },
    };
    const { HostConfig } = options({ mounts: [mount] });
    expect(HostConfig?.Binds).toEqual([]);
    expect(HostConfig?.Mounts).toMatchObject([
      {
        Type: 'volume',
        Target: '/data',
        ReadOnly: true,
        VolumeOptions: {
          DriverConfig: {
            Name: 'local',
            Options: { type: 'nfs', device: ':/export', o: 'addr=files.test,ro' },
          },
        },
      },
    ]);
  });

  it('is how mounts are passed on', () => {
    const mount = { hostPath: '/a', containerPath: '/b', readOnly: true };
    const shared = { ...mount, readOnly: false, propagation: 'rshared' as const };
    const { HostConfig } = options({
      mounts: [mount, shared, { ...mount, propagation: 'rslave' as const }],
    });
    expect(HostConfig?.Binds).toEqual(['/a:/b:ro', '/a:/b:rshared', '/a:/b:ro,rslave']);
  });

  it('is each of the profiles that a container has', () => {
    const { HostConfig } = options({
      security: security({
        noNewPrivileges: true,
        seccompProfile: '{}',
        appArmorProfile: 'strict',
        seLinuxOptions: { level: 's0:c1', type: '' },
        unmaskedProc: true,
      }),
    });
    expect(HostConfig).toMatchObject({ MaskedPaths: [], ReadonlyPaths: [] });
    expect(HostConfig?.SecurityOpt).toEqual([
      'no-new-privileges',
      'seccomp={}',
      'apparmor=strict',
      'label=level:s0:c1',
    ]);
  });

  it.each([
    { over: {}, want: undefined },
    { over: { runAsUser: 'app' }, want: 'app' },
    { over: { runAsUser: '0', runAsGroup: 7 }, want: '0:7' },
  ])('is a user where one is said: $over', ({ over, want }) => {
    expect(options({ security: security(over) }).User).toBe(want);
  });
});
