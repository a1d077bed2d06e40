import { describe, expect, it } from 'vitest';
import {
  created,
  errorsOf,
  strategyOf,
  updated,
  withValue,
} from '../../../../test/strategy-harness.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';

const SERVICE = { spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } };
const BALANCER = withValue(SERVICE, 'spec.type', 'LoadBalancer');

describe('a new service', () => {
  it.each<[path: string, value: unknown, ...errors: string[]]>([
    ['spec.clusterIP', 'None'],
    ['spec.ports', [], 'spec.ports: Required value'],
    [
      'spec.clusterIP',
      '10.0.0',
      'spec.clusterIPs[0]: Invalid value: "10.0.0": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    [
      'spec.clusterIPs',
      ['10.0.0.1'],
      'spec.clusterIPs: Invalid value: ["10.0.0.1"]: first value must match `clusterIP`',
    ],
    [
      'spec.ipFamilies',
      ['IPv4', 'IPv4', 'IPv5'],
      'spec.ipFamilies[1]: Duplicate value: "IPv4"',
      'spec.ipFamilies[2]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6"',
    ],
    [
      'spec.ports',
      [
        { name: 'a', port: 80 },
        { name: 'b', port: 80 },
      ],
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
    [
      'spec.ports',
      [{ port: 80, nodePort: 30000 }],
      "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
    ],
    [
      'spec.externalIPs',
      ['127.0.0.1'],
      'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
    [
      'spec.type',
      'Magic',
      'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
    [
      'spec.loadBalancerSourceRanges',
      ['10.0.0.0/8'],
      "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
    [
      'spec.loadBalancerClass',
      'a/b',
      "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
    [
      'spec.healthCheckNodePort',
      30001,
      "spec.healthCheckNodePort: Invalid value: 30001: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    ],
    [
      'spec.externalTrafficPolicy',
      'Local',
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
    ],
    [
      'spec.trafficDistribution',
      'Near',
      'spec.trafficDistribution: Unsupported value: "Near": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
    ],
  ])('%s %j', (path, value, ...want) => {
    expect(errorsOf('services', created('services', withValue(SERVICE, path, value)))).toEqual(
      want,
    );
  });

  it('of the type ExternalName has a name and no addresses', () => {
    const named = { spec: { type: 'ExternalName', externalName: 'db.example.com.' } };
    expect(errorsOf('services', created('services', named))).toEqual([]);
    const addressed = withValue(named, 'spec.clusterIP', '10.0.0.1');
    expect(errorsOf('services', created('services', addressed))).toEqual([
      'spec.clusterIPs: Forbidden: may not be set for ExternalName services',
    ]);
  });

  it('says what it has no use for', () => {
    const headless = created('services', {
      spec: { ...SERVICE.spec, clusterIP: 'None', externalIPs: ['10.1.1.1'] },
    });
    expect(strategyOf('services').warnings?.(headless, null)).toEqual([
      'spec.externalIPs is ignored when spec.clusterIP is "None"',
    ]);
  });
});

describe('an update of a service', () => {
  const update = (old: KubernetesObject, sent: object): [KubernetesObject, string[]] => {
    const draft = updated('services', sent as { spec: object }, old);
    return [draft, errorsOf('services', draft, old)];
  };
  const addressed = created('services', withValue(SERVICE, 'spec.clusterIP', '10.0.0.1'));

  it('keeps what it does not mention', () => {
    const [draft, errors] = update(addressed, SERVICE);
    expect(errors).toEqual([]);
    expect(draft.spec).toMatchObject({ clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] });
  });

  it('keeps the ports of nodes, by their names', () => {
    const old = created('services', {
      spec: {
        type: 'NodePort',
        ports: [
          { name: 'a', port: 80, nodePort: 30000 },
          { name: 'b', port: 81, nodePort: 30001 },
        ],
      },
    });
    const ports = [
      { name: 'b', port: 90 },
      { name: 'a', port: 80 },
    ];
    const [draft] = update(old, { spec: { type: 'NodePort', ports } });
    expect(draft.spec).toMatchObject({ ports: [{ nodePort: 30001 }, { nodePort: 30000 }] });
  });

  it('takes another type without what the old one had', () => {
    const old = created('services', BALANCER);
    const [draft, errors] = update(old, withValue(old, 'spec.type', 'ClusterIP'));
    expect(errors).toEqual([]);
    expect(draft.spec).not.toHaveProperty('allocateLoadBalancerNodePorts');
    expect(draft.spec).not.toHaveProperty('externalTrafficPolicy');
    const external = {
      spec: { ...(addressed.spec as object), type: 'ExternalName', externalName: 'a.b' },
    };
    expect(update(addressed, external)[1]).toEqual([]);
  });

  it('leaves the balancer to whom it was given', () => {
    const old = created('services', withValue(BALANCER, 'spec.loadBalancerClass', 'a/b'));
    expect(update(old, withValue(old, 'spec.loadBalancerClass', 'a/c'))[1]).toEqual([
      'spec.loadBalancerClass: Invalid value: "a/c": may not change once set',
    ]);
  });
});

describe('the status of a service', () => {
  it.each<[type: string, ingress: object, ...errors: string[]]>([
    ['LoadBalancer', { ip: '10.0.0.1' }],
    [
      'ClusterIP',
      { ip: '10.0.0.1' },
      'status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is "LoadBalancer"',
    ],
    [
      'LoadBalancer',
      { hostname: 'a', ipMode: 'VIP' },
      'status.loadBalancer.ingress[0].ipMode: Forbidden: may not be specified when `ip` is not set',
    ],
    [
      'LoadBalancer',
      { hostname: '10.0.0.1' },
      'status.loadBalancer.ingress[0].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
    ],
  ])('%s %j', (type, ingress, ...want) => {
    const old = created('services', withValue(SERVICE, 'spec.type', type));
    const draft = withValue(old, 'status.loadBalancer.ingress', [ingress]);
    strategyOf('services').setDefaults?.(draft);
    expect(errorsOf('services', draft, old, 'status')).toEqual(want);
  });
});
