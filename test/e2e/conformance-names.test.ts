import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { container, once } from './harness/manifests.ts';
import { PodRunner } from './harness/pod-runner.ts';

/** What a pod is called, and how it finds the names of others. */
describe('names in pods: CONTAINER-5', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start('names');
  });
  afterAll(() => cluster?.stop());

  const HOSTS = { script: 'cat /etc/hosts' };
  const HEADER = '# Kubernetes-managed hosts file.\n';

  it.concurrent('[sig-node] Kubelet when scheduling an agnhost Pod with hostAliases should write entries to /etc/hosts [Conformance] [NodeConformance]', async () => {
    const runner = await PodRunner.in(cluster);
    const hostAliases = [{ ip: '123.45.67.89', hostnames: ['foo', 'bar'] }];
    const hosts = await runner.output(once('p', HOSTS, { hostAliases }));
    expect(hosts).toContain('# Entries added by HostAliases.\n123.45.67.89\tfoo\tbar\n');
  });

  it.concurrent('[sig-node] KubeletManagedEtcHosts should test kubelet managed /etc/hosts file [Conformance] [NodeConformance]', async () => {
    const runner = await PodRunner.in(cluster);
    const volumes = [{ name: 'own', hostPath: { path: '/etc/hosts', type: 'File' } }];
    const volumeMounts = [{ name: 'own', mountPath: '/etc/hosts' }];
    const containers = [
      container(HOSTS),
      container({ name: 'other', ...HOSTS }),
      container({ name: 'mounts', ...HOSTS, volumeMounts }),
    ];
    const managed = await runner.output(once('p', {}, { containers, volumes }));
    const { podIP } = (await runner.pod('p')).status!;
    expect(managed).toMatch(new RegExp(`^${HEADER}127.0.0.1\tlocalhost\n`));
    expect(managed).toContain(`\n${podIP}\tp\n`);
    expect(await runner.log('p', 'other')).toBe(managed);
    expect(await runner.log('p', 'mounts')).not.toContain(HEADER);
    const onHost = await runner.output(once('host', HOSTS, { hostNetwork: true }));
    expect(onHost).not.toContain(HEADER);
    expect(onHost).toMatch(/^# Kubernetes-managed hosts file \(host network\)\.\n/);
  });

  it.concurrent.each([
    { spec: {}, host: 'p', hosts: 'p' },
    { spec: { hostname: 'h' }, host: 'h', hosts: 'h' },
    {
      spec: { hostname: 'h', subdomain: 'sub' },
      host: 'h',
      hosts: 'h.sub.NS.svc.cluster.local\th',
    },
    {
      spec: { hostname: 'h', subdomain: 'sub', setHostnameAsFQDN: true },
      host: 'h.sub.NS.svc.cluster.local',
      hosts: 'h.sub.NS.svc.cluster.local\th',
    },
  ])('a pod with $spec is called $host', async ({ spec, host, hosts }) => {
    const runner = await PodRunner.in(cluster);
    const script = 'hostname; tail -n 1 /etc/hosts';
    const said = await runner.output(once('p', { script }, spec));
    const { podIP } = (await runner.pod('p')).status!;
    const named = (text: string): string => text.replace('NS', runner.namespace);
    expect(said).toBe(`${named(host)}\n${podIP}\t${named(hosts)}\n`);
  });

  it.concurrent('a pod whose full name is too long gets no sandbox', async () => {
    const runner = await PodRunner.in(cluster);
    const long = { hostname: 'h'.repeat(40), subdomain: 'sub', setHostnameAsFQDN: true };
    await runner.create(once('p', {}, long));
    expect(await runner.untilEvent('p', 'FailedCreatePodSandBox')).toMatch(
      /is too long \(64 characters is the max, \d+ characters requested\)$/,
    );
  });

  const RESOLVER = { script: 'cat /etc/resolv.conf' };
  const dnsConfig = {
    nameservers: ['192.0.2.53'],
    searches: ['shop.test'],
    options: [{ name: 'ndots', value: '2' }],
  };

  it.concurrent('a pod without a DNS policy has the resolver that it says, and no other', async () => {
    const runner = await PodRunner.in(cluster);
    const text = await runner.output(once('p', RESOLVER, { dnsPolicy: 'None', dnsConfig }));
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines.sort()).toEqual(['nameserver 192.0.2.53', 'options ndots:2', 'search shop.test']);
  });

  it.concurrent('a pod with the DNS policy Default has what it says beside what the machine has', async () => {
    const runner = await PodRunner.in(cluster);
    const plain = await runner.output(once('plain', RESOLVER, { dnsPolicy: 'Default' }));
    const text = await runner.output(once('p', RESOLVER, { dnsPolicy: 'Default', dnsConfig }));
    const servers = (said: string) => said.match(/^nameserver .*$/gm) ?? [];
    const reachable = servers(plain).filter((line) => !line.includes(' 127.'));
    expect(servers(text)).toEqual([...reachable, 'nameserver 192.0.2.53'].slice(0, 3));
    expect(text).toMatch(/^search .*shop\.test$/m);
    expect(text).toMatch(/^options .*ndots:2$/m);
  });
});
