import { describe, expect, it } from 'vitest';
import { detailsText, evaluatePod, reasonsText } from './evaluate.ts';
import { type Level, policyOf } from './policy.ts';

const SAFE = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

const container = (securityContext: object, more: object = {}, name = 'c'): object => ({
  name,
  securityContext: { ...SAFE, ...securityContext },
  ...more,
});

/** What a standard has against a pod that is fine but for this. */
function details(standard: string, spec: object, annotations: Record<string, string> = {}): string {
  const [level = '', version = 'latest'] = standard.split(':');
  return detailsText(
    evaluatePod(
      {
        level: level as Level,
        version: version === 'latest' ? 'latest' : Number(version.slice('v1.'.length)),
      },
      { metadata: { annotations }, spec: { containers: [container({})], ...spec } as object },
    ),
  );
}

const BARE = { containers: [{ name: 'c' }] };

describe('a pod without any settings', () => {
  it('meets the baseline, and is far from restricted', () => {
    expect(details('privileged', BARE)).toBe('');
    expect(details('baseline', BARE)).toBe('');
    expect(details('restricted', BARE)).toBe(
      'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
  });

  it('is judged by what there was in a release', () => {
    expect(details('restricted:v1.7', BARE)).toBe(
      'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
    );
    const windows = { ...BARE, os: { name: 'windows' } };
    expect(details('restricted:v1.24', windows)).toMatch(/^allowPrivilegeEscalation != false/);
    expect(details('restricted:v1.25', windows)).toMatch(/^runAsNonRoot != true [^,]*$/);
    expect(details('restricted:v1.999', BARE)).toBe(details('restricted', BARE));
  });
});

describe('a pod that is fine otherwise', () => {
  it.each(['baseline', 'restricted', 'restricted:v1.0'])('meets %s', (standard) => {
    expect(details(standard, {})).toBe('');
  });

  it.each<[standard: string, spec: object, want: string]>([
    [
      'baseline',
      { hostNetwork: true, hostPID: true },
      'host namespaces (hostNetwork=true, hostPID=true)',
    ],
    [
      'baseline',
      { containers: [container({ privileged: true }), container({ privileged: true }, {}, 'd')] },
      'privileged (containers "c", "d" must not set securityContext.privileged=true)',
    ],
    [
      'baseline',
      { containers: [container({ capabilities: { add: ['NET_RAW', 'CHOWN', 'BPF'] } })] },
      'non-default capabilities (container "c" must not include "BPF", "NET_RAW" in securityContext.capabilities.add)',
    ],
    [
      'restricted',
      { containers: [container({ capabilities: { drop: ['ALL'], add: ['CHOWN'] } })] },
      'unrestricted capabilities (container "c" must not include "CHOWN" in securityContext.capabilities.add)',
    ],
    [
      'baseline',
      { volumes: [{ name: 'v', hostPath: { path: '/' } }] },
      'hostPath volumes (volume "v")',
    ],
    [
      'restricted',
      {
        volumes: [
          { name: 'v', hostPath: { path: '/' } },
          { name: 'n', nfs: {} },
          { name: 'i', image: {} },
        ],
      },
      'restricted volume types (volumes "v", "n" use restricted volume types "hostPath", "nfs")',
    ],
    [
      'baseline',
      { containers: [container({}, { ports: [{ hostPort: 8080 }, { hostPort: 0 }] })] },
      'hostPort (container "c" uses hostPort 8080)',
    ],
    [
      'baseline',
      {
        initContainers: [container({}, { livenessProbe: { httpGet: { host: '10.0.0.1' } } }, 'i')],
        containers: [container({}, { lifecycle: { preStop: { tcpSocket: { host: 'x' } } } })],
      },
      'probe or lifecycle host (containers "c", "i" use probe or lifecycle hosts "10.0.0.1", "x")',
    ],
    [
      'baseline',
      {
        securityContext: { appArmorProfile: { type: 'Unconfined' } },
        containers: [container({ appArmorProfile: { type: 'Unconfined' } })],
      },
      'forbidden AppArmor profile (pod and container "c" must not set AppArmor profile type to "Unconfined")',
    ],
    [
      'baseline',
      {
        securityContext: { seLinuxOptions: { type: 'spc_t' } },
        containers: [container({ seLinuxOptions: { user: 'u', role: 'r' } })],
      },
      'seLinuxOptions (pod and container "c" set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set; role may not be set)',
    ],
    [
      'baseline',
      { securityContext: { sysctls: [{ name: 'kernel.msgmax' }, { name: 'net.core.somaxconn' }] } },
      'forbidden sysctls (kernel.msgmax, net.core.somaxconn)',
    ],
    [
      'baseline',
      {
        securityContext: { seccompProfile: { type: 'Unconfined' } },
        containers: [container({ seccompProfile: { type: 'Unconfined' } })],
      },
      'seccompProfile (pod and container "c" must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      'restricted',
      { containers: [container({ seccompProfile: { type: 'Unconfined' } })] },
      'seccompProfile (container "c" must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      'baseline',
      { containers: [container({ windowsOptions: { hostProcess: true } })] },
      'hostProcess (container "c" must not set securityContext.windowsOptions.hostProcess=true)',
    ],
    [
      'baseline',
      { containers: [container({ procMount: 'Unmasked' })] },
      'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
    ],
    [
      'restricted',
      { securityContext: { runAsNonRoot: false }, containers: [container({ runAsUser: 0 })] },
      'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false), runAsUser=0 (container "c" must not set runAsUser=0)',
    ],
    [
      'restricted',
      { ephemeralContainers: [container({ allowPrivilegeEscalation: true }, {}, 'debug')] },
      'allowPrivilegeEscalation != false (container "debug" must set securityContext.allowPrivilegeEscalation=false)',
    ],
  ])('falls short of %s by %j', (standard, spec, want) => {
    expect(details(standard, spec)).toBe(want);
  });

  it.each<[standard: string, annotations: Record<string, string>, want: string]>([
    [
      'baseline',
      { 'container.apparmor.security.beta.kubernetes.io/c': 'unconfined' },
      'forbidden AppArmor profile (annotation must not set AppArmor profile type to "container.apparmor.security.beta.kubernetes.io/c="unconfined"")',
    ],
    [
      'baseline:v1.18',
      { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' },
      'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")',
    ],
    ['baseline:v1.19', { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' }, ''],
  ])('is judged by %s for the annotations %j', (standard, annotations, want) => {
    expect(details(standard, {}, annotations)).toBe(want);
  });

  it.each<[spec: object, before: string, since: string, ofLevel: Level]>([
    [
      { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem' }] } },
      'v1.31',
      'v1.32',
      'baseline',
    ],
    [
      { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_fin_timeout' }] } },
      'v1.28',
      'v1.29',
      'baseline',
    ],
    [
      { securityContext: { seLinuxOptions: { type: 'container_engine_t' } } },
      'v1.30',
      'v1.31',
      'baseline',
    ],
    [
      { hostUsers: false, containers: [container({ procMount: 'Unmasked' })] },
      'v1.34',
      'v1.35',
      'baseline',
    ],
    [
      {
        hostUsers: false,
        containers: [container({ runAsUser: 0, runAsNonRoot: undefined })],
      },
      'v1.34',
      'v1.35',
      'restricted',
    ],
  ])('%j is refused in %s, and allowed since %s', (spec, before, since, level) => {
    expect(details(`${level}:${before}`, spec)).not.toBe('');
    expect(details(`${level}:${since}`, spec)).toBe('');
    expect(details(level, spec)).toBe('');
  });

  it('keeps /proc masked where it is restricted, whoever its users are', () => {
    const spec = { hostUsers: false, containers: [container({ procMount: 'Unmasked' })] };
    expect(details('restricted', spec)).toMatch(/^procMount /);
  });
});

it('reasons are told without what is wrong', () => {
  const violations = [
    { reason: 'a', detail: 'x' },
    { reason: 'b', detail: '' },
  ];
  expect([reasonsText(violations), detailsText(violations)]).toEqual(['a, b', 'a (x), b']);
});

describe('the labels of a namespace', () => {
  const P = 'pod-security.kubernetes.io/';

  it('say what is enforced, audited and warned about', () => {
    expect(policyOf(undefined).policy.enforce).toEqual({ level: 'privileged', version: 'latest' });
    const labels = { [`${P}enforce`]: 'baseline', [`${P}warn-version`]: 'v1.20' };
    expect(policyOf(labels)).toEqual({
      policy: {
        enforce: { level: 'baseline', version: 'latest' },
        audit: { level: 'privileged', version: 'latest' },
        warn: { level: 'privileged', version: 20 },
      },
      errors: [],
    });
  });

  it('that make no sense are told, and enforce the most', () => {
    const labels = {
      [`${P}enforce`]: 'strict',
      [`${P}warn`]: '',
      [`${P}enforce-version`]: 'v1.01',
    };
    const { policy, errors } = policyOf(labels);
    expect(policy.enforce).toEqual({ level: 'restricted', version: 'latest' });
    expect(policy.warn.level).toBe('privileged');
    expect(errors.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted',
      'metadata.labels[pod-security.kubernetes.io/enforce-version]: Invalid value: "v1.01": must be "latest" or "v1.x"',
      'metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: "": must be one of privileged, baseline, restricted',
    ]);
  });
});
