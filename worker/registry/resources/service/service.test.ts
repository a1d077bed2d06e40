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
      'spec.clusterIPs: Invalid value: ["10.0.0.1"]: must be empty when `clusterIP` is not specified',
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

  it.each<[fields: object, ...warnings: string[]]>([
    [{ clusterIP: '10.0.0.1' }],
    [
      { trafficDistribution: 'PreferClose' },
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ],
    [{ externalName: 'a' }, 'spec.externalName is ignored when spec.type is not "ExternalName"'],
    [
      { externalIPs: ['10.1.1.1'] },
      'spec.externalIPs is deprecated and may no longer be implemented in some clusters',
    ],
    [
      { clusterIP: '2001:DB8::1' },
      'spec.clusterIPs[0]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
    ],
    [
      { type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.1/8'] },
      'spec.loadBalancerSourceRanges[0]: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
    ],
    [
      { clusterIP: 'None', loadBalancerIP: '10.1.1.1', sessionAffinity: 'ClientIP' },
      'spec.loadBalancerIP is ignored for headless services',
      'spec.SessionAffinity is ignored for headless services',
    ],
    [
      { type: 'ExternalName', externalName: 'a', externalIPs: ['10.1.1.1'] },
      'spec.externalIPs is ignored when spec.type is "ExternalName"',
    ],
  ])('with %j warns', (fields, ...want) => {
    const service = created('services', { spec: { ...SERVICE.spec, ...fields } });
    expect(strategyOf('services').warnings?.(service, null)).toEqual(want);
  });

  it('may have a name that starts with a digit', () => {
    expect(strategyOf('services').validateName?.('1a', false)).toEqual([]);
  });

  it('says what it has no use for', () => {
    const headless = created('services', {
      spec: { ...SERVICE.spec, clusterIP: 'None', externalIPs: ['10.1.1.1'] },
    });
    expect(strategyOf('services').warnings?.(headless, null)).toEqual([
      'spec.externalIPs is ignored for headless services',
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

  it('forgets where a balancer that it has no more took traffic in', () => {
    const old = created('services', BALANCER);
    old.status = { loadBalancer: { ingress: [{ ip: '10.0.0.1', ipMode: 'VIP' }] } };
    const [draft, errors] = update(old, withValue(old, 'spec.type', 'ClusterIP'));
    expect(errors).toEqual([]);
    expect(draft.status).toEqual({ loadBalancer: {} });
  });

  const dual = created('services', {
    spec: {
      ...SERVICE.spec,
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1', '2001:db8::1'],
      ipFamilies: ['IPv4', 'IPv6'],
      ipFamilyPolicy: 'PreferDualStack',
    },
  });
  const single = { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'] };
  const MUST = "must be set to 'SingleStack' when releasing the secondary";

  it.each<[fields: object, ...errors: string[]]>([
    [{ ...single, ipFamilyPolicy: 'SingleStack' }],
    [
      single,
      `spec.ipFamilyPolicy: Invalid value: "PreferDualStack": ${MUST} clusterIP`,
      `spec.ipFamilyPolicy: Invalid value: "PreferDualStack": ${MUST} ipFamily`,
    ],
    [
      { ipFamilies: ['IPv6', 'IPv4'] },
      'spec.ipFamilies[0]: Invalid value: ["IPv6","IPv4"]: may not change once set',
      'spec.ipFamilies[0]: Invalid value: ["IPv6","IPv4"]: may not change once set',
      'spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`',
      'spec.clusterIPs[1]: Invalid value: "2001:db8::1": expected an IPv4 value as indicated by `ipFamilies[1]`',
    ],
    [
      { clusterIPs: ['10.0.0.1', '2001:db8::2'] },
      'spec.clusterIPs[1]: Invalid value: ["10.0.0.1","2001:db8::2"]: may not change once set',
    ],
  ])('of both families, %j', (fields, ...want) => {
    const sent = { spec: { ...(dual.spec as object), ...fields } };
    expect(update(dual, sent)[1]).toEqual(want);
  });

  it('keeps addresses that were valid once', () => {
    const old = structuredClone(addressed);
    const ips = { externalIPs: ['010.1.1.1'], loadBalancerSourceRanges: ['10.0.0.1/8'] };
    Object.assign(old.spec as object, ips, { type: 'LoadBalancer' });
    const sent = { spec: { ...(old.spec as object) } };
    expect(update(old, sent)[1]).toEqual([]);
    const more = withValue(sent, 'spec.externalIPs', ['010.1.1.2']);
    expect(update(old, more)[1]).toEqual([
      'spec.externalIPs[0]: Invalid value: "010.1.1.2": must not have leading 0s',
    ]);
  });

  it('may not change the port of its health checks', () => {
    const old = created('services', {
      spec: { ...BALANCER.spec, externalTrafficPolicy: 'Local', healthCheckNodePort: 30001 },
    });
    expect(update(old, withValue(old, 'spec.healthCheckNodePort', 30002))[1]).toEqual([
      'spec.healthCheckNodePort: Forbidden: field is immutable',
    ]);
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
      "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
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
