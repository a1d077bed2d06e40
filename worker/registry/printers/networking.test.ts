import { describe, expect, it } from 'vitest';
import { printed } from '../../../test/print-harness.ts';

describe('tables of the network', () => {
  it.each<[string, object, Record<string, unknown>]>([
    [
      'ingresses.networking.k8s.io',
      {
        spec: {
          ingressClassName: 'nginx',
          tls: [{}],
          rules: [{ host: 'a.b' }, {}, { host: 'c.d' }, { host: 'e.f' }, { host: 'g.h' }],
        },
        status: { loadBalancer: { ingress: [{ ip: '2.2.2.2' }, { hostname: '1.x' }] } },
      },
      {
        Name: 'a',
        Class: 'nginx',
        Hosts: 'a.b,c.d,e.f + 2 more...',
        Address: '1.x,2.2.2.2',
        Ports: '80, 443',
        Age: '60m',
      },
    ],
    [
      'ingresses.networking.k8s.io',
      { spec: {} },
      { Class: '<none>', Hosts: '*', Address: '', Ports: '80' },
    ],
    [
      'ingressclasses.networking.k8s.io',
      {
        spec: {
          controller: 'a.b/c',
          parameters: { apiGroup: 'x.y', kind: 'Config', name: 'p' },
        },
      },
      { Name: 'a', Controller: 'a.b/c', Parameters: 'Config.x.y/p', Age: '60m' },
    ],
    [
      'networkpolicies.networking.k8s.io',
      { spec: { podSelector: { matchLabels: { app: 'web' } } } },
      { Name: 'a', 'Pod-Selector': 'app=web', Age: '60m' },
    ],
    [
      'ipaddresses.networking.k8s.io',
      { spec: { parentRef: { resource: 'services', namespace: 'default', name: 'kubernetes' } } },
      { Name: 'a', ParentRef: 'services/default/kubernetes' },
    ],
    [
      'servicecidrs.networking.k8s.io',
      { spec: { cidrs: ['10.96.0.0/12', '2001:db8::/64'] } },
      { Name: 'a', CIDRs: '10.96.0.0/12,2001:db8::/64', Age: '60m' },
    ],
    [
      'endpointslices.discovery.k8s.io',
      {
        addressType: 'IPv4',
        ports: [{ port: 80 }, { name: 'x' }, {}, { port: 1 }],
        endpoints: [{ addresses: ['1.1.1.1'] }],
      },
      {
        Name: 'a',
        AddressType: 'IPv4',
        Ports: '80,x,* + 1 more...',
        Endpoints: '1.1.1.1',
        Age: '60m',
      },
    ],
    [
      'endpointslices.discovery.k8s.io',
      { addressType: 'IPv4' },
      { Ports: '<unset>', Endpoints: '<unset>' },
    ],
    [
      'rolebindings.rbac.authorization.k8s.io',
      {
        roleRef: { kind: 'Role', name: 'r' },
        subjects: [
          { kind: 'User', name: 'u' },
          { kind: 'User', name: 'v' },
          { kind: 'Group', name: 'g' },
          { kind: 'ServiceAccount', name: 's', namespace: 'n' },
        ],
      },
      { Role: 'Role/r', Age: '60m', Users: 'u, v', Groups: 'g', ServiceAccounts: 'n/s' },
    ],
  ])('%s', (resource, object, want) => {
    expect(printed(resource, object)).toMatchObject(want);
  });
});
