import { describe, expect, it } from 'vitest';
import { hostsFile } from './hosts-file.ts';
import { kernelHostname } from './pod-hostname.ts';

const pod = (spec: object, name = 'web') => ({
  metadata: { namespace: 'shop', name, uid: 'u' },
  spec: { containers: [], ...spec },
});

describe('The hostname of a pod', () => {
  it.each([
    { spec: {}, want: 'web' },
    { spec: { hostname: 'h' }, want: 'h' },
    { spec: { hostname: 'h', subdomain: 'sub' }, want: 'h' },
    {
      spec: { hostname: 'h', subdomain: 'sub', setHostnameAsFQDN: true },
      want: 'h.sub.shop.svc.cluster.local',
    },
    { spec: { hostname: 'h', setHostnameAsFQDN: true }, want: 'h' },
    { spec: { hostnameOverride: 'a.b', subdomain: 'sub' }, want: 'a.b' },
  ])('is $want with $spec', ({ spec, want }) => {
    expect(kernelHostname(pod(spec))).toBe(want);
  });

  it('is cut where the name is too long, and does not end in a dash', () => {
    const name = `${'a'.repeat(62)}-b`;
    expect(kernelHostname(pod({}, name))).toBe('a'.repeat(62));
  });

  it('is refused when it is to be the full name, and that is too long', () => {
    const spec = { hostname: 'h'.repeat(40), subdomain: 'sub', setHostnameAsFQDN: true };
    expect(() => kernelHostname(pod(spec))).toThrow(
      'is too long (64 characters is the max, 67 characters requested)',
    );
  });
});

describe('The hosts file of a pod', () => {
  it('has the pod by all its addresses and names, and its aliases', () => {
    const spec = {
      hostname: 'h',
      subdomain: 'sub',
      hostAliases: [{ ip: '10.0.0.9', hostnames: ['a', 'b'] }],
    };
    const text = hostsFile(pod(spec), ['10.1.0.1', 'fd00::1'], 'unused');
    expect(text.split('\n').slice(0, 2)).toEqual([
      '# Kubernetes-managed hosts file.',
      '127.0.0.1\tlocalhost',
    ]);
    expect(text.split('\n').slice(-6)).toEqual([
      '10.1.0.1\th.sub.shop.svc.cluster.local\th',
      'fd00::1\th.sub.shop.svc.cluster.local\th',
      '',
      '# Entries added by HostAliases.',
      '10.0.0.9\ta\tb',
      '',
    ]);
  });

  it('is that of the machine on the host network', () => {
    const spec = { hostNetwork: true, hostAliases: [{ ip: '10.0.0.9', hostnames: ['a'] }] };
    expect(hostsFile(pod(spec), ['10.1.0.1'], '127.0.0.1 localhost\n')).toBe(
      '# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n\n# Entries added by HostAliases.\n10.0.0.9\ta\n',
    );
  });
});
