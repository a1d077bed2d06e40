import { describe, expect, it } from 'vitest';
import {
  created,
  errorsOf,
  strategyOf,
  updated,
  withValue,
} from '../../../../test/strategy-harness.ts';

const INGRESSES = 'ingresses.networking.k8s.io';
const CLASSES = 'ingressclasses.networking.k8s.io';
const POLICIES = 'networkpolicies.networking.k8s.io';
const ADDRESSES = 'ipaddresses.networking.k8s.io';
const CIDRS = 'servicecidrs.networking.k8s.io';
const SLICES = 'endpointslices.discovery.k8s.io';

const web = { service: { name: 'web', port: { number: 80 } } };
const ingress = {
  spec: {
    ingressClassName: 'nginx',
    defaultBackend: { resource: { apiGroup: 'example.com', kind: 'Bucket', name: 'assets' } },
    tls: [{ hosts: ['*.example.com', 'example.com'], secretName: 'cert' }],
    rules: [
      {
        host: '*.example.com',
        http: { paths: [{ path: '/a', pathType: 'Prefix', backend: web }] },
      },
    ],
  },
};
const PATH = 'spec.rules.0.http.paths.0';
const AT = 'spec.rules[0].http.paths[0]';

describe('ingresses', () => {
  it('may use everything', () => {
    const object = created(INGRESSES, { ...ingress, status: { loadBalancer: {} } });
    expect(errorsOf(INGRESSES, object)).toEqual([]);
    expect(object.status).toEqual({});
  });

  it.each<[string, unknown, string[]]>([
    [
      'spec',
      {},
      ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified'],
    ],
    [
      'spec.rules.0.host',
      '10.0.0.1',
      ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'],
    ],
    ['spec.rules.0.http.paths', [], ['spec.rules[0].http.paths: Required value']],
    [`${PATH}.pathType`, undefined, [`${AT}.pathType: Required value: pathType must be specified`]],
    [
      `${PATH}.pathType`,
      'Regex',
      [
        `${AT}.pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"`,
      ],
    ],
    [`${PATH}.path`, 'a', [`${AT}.path: Invalid value: "a": must be an absolute path`]],
    [
      `${PATH}.path`,
      '/a//..',
      [
        `${AT}.path: Invalid value: "/a//..": must not contain '//'`,
        `${AT}.path: Invalid value: "/a//..": cannot end with '/..'`,
      ],
    ],
    [
      `${PATH}.backend`,
      {},
      [`${AT}.backend: Invalid value: "": resource or service backend is required`],
    ],
    [
      `${PATH}.backend.resource`,
      { kind: 'A', name: 'b' },
      [`${AT}.backend: Invalid value: "": cannot set both resource and service backends`],
    ],
    [`${PATH}.backend.service.name`, '', [`${AT}.backend.service.name: Required value`]],
    [`${PATH}.backend.service.name`, '1web', []],
    [
      `${PATH}.backend.service.port`,
      {},
      [`${AT}.backend: Required value: port name or number is required`],
    ],
    [
      `${PATH}.backend.service.port.name`,
      'http',
      [`${AT}.backend: Invalid value: "": cannot set both port name & port number`],
    ],
    [
      `${PATH}.backend.service.port.number`,
      70000,
      [
        `${AT}.backend.service.port.number: Invalid value: 70000: must be between 1 and 65535, inclusive`,
      ],
    ],
    [
      'spec.defaultBackend.resource.kind',
      'a/b',
      [`spec.defaultBackend.resource.kind: Invalid value: "a/b": may not contain '/'`],
    ],
  ])('with %s %j are judged', (path, value, want) => {
    expect(errorsOf(INGRESSES, created(INGRESSES, withValue(ingress, path, value)))).toEqual(want);
  });

  it('say their class once', () => {
    const metadata = { annotations: { 'kubernetes.io/ingress.class': 'other' } };
    const object = created(INGRESSES, { ...ingress, metadata });
    expect(errorsOf(INGRESSES, object)).toEqual([
      'annotations.kubernetes.io/ingress.class: Invalid value: "other": must match `ingressClassName` when both are specified',
    ]);
    expect(strategyOf(INGRESSES).warnings?.(object, null)).toEqual([
      `annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`,
    ]);
  });

  it('keep secret names that were let in', () => {
    const bad = withValue(ingress, 'spec.tls.0.secretName', 'A_B');
    const old = created(INGRESSES, bad);
    expect(errorsOf(INGRESSES, old)).toHaveLength(1);
    expect(errorsOf(INGRESSES, updated(INGRESSES, bad, old), old)).toEqual([]);
  });

  it('have addresses in their status', () => {
    const old = created(INGRESSES, ingress);
    const withStatus = (list: object[]) =>
      withValue(old, 'status', { loadBalancer: { ingress: list } });
    const next = withStatus([{ ip: '010.0.0.1' }, { hostname: '10.0.0.1' }]);
    expect(errorsOf(INGRESSES, next, old, 'status')).toEqual([
      'status.loadBalancer.ingress[0].ip: Invalid value: "010.0.0.1": must not have leading 0s',
      'status.loadBalancer.ingress[1].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
    ]);
    expect(errorsOf(INGRESSES, withStatus([{ ip: '::1' }]), old, 'status')).toEqual([]);
  });
});

const parameters = { apiGroup: 'example.com', kind: 'Config', name: 'a' };

describe('ingress classes', () => {
  it('default the scope of their parameters', () => {
    const object = created(CLASSES, { spec: { controller: 'example.com/nginx', parameters } });
    expect(object.spec).toMatchObject({ parameters: { scope: 'Cluster' } });
    expect(errorsOf(CLASSES, object)).toEqual([]);
  });

  it.each<[object, string[]]>([
    [{}, ['spec.controller: Required value']],
    [
      { controller: 'a.b/c', parameters: { ...parameters, scope: 'World' } },
      [
        'spec.parameters.scope: Unsupported value: "World": supported values: "Cluster", "Namespace"',
      ],
    ],
    [
      { controller: 'a.b/c', parameters: { ...parameters, scope: 'Namespace' } },
      ["spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"],
    ],
    [
      { controller: 'a.b/c', parameters: { ...parameters, namespace: 'a' } },
      ["spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"],
    ],
  ])('%j is judged', (spec, want) => {
    expect(errorsOf(CLASSES, created(CLASSES, { spec }))).toEqual(want);
  });

  it('keep their controller', () => {
    const old = created(CLASSES, { spec: { controller: 'a.b/c' } });
    expect(errorsOf(CLASSES, withValue(old, 'spec.controller', 'a.b/d'), old)).toEqual([
      'spec.controller: Invalid value: "a.b/d": field is immutable',
    ]);
  });
});

const policy = {
  spec: {
    podSelector: {},
    ingress: [
      {
        ports: [
          { port: 80, endPort: 90 },
          { port: 'http', protocol: 'UDP' },
        ],
        from: [
          { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } },
          { podSelector: {}, namespaceSelector: { matchLabels: { a: 'b' } } },
        ],
      },
    ],
    egress: [{}],
  },
};

describe('network policies', () => {
  it('default their types and protocols', () => {
    const object = created(POLICIES, policy);
    expect(object.spec).toMatchObject({
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [{ protocol: 'TCP' }, { protocol: 'UDP' }] }],
    });
    expect(errorsOf(POLICIES, object)).toEqual([]);
    expect(created(POLICIES, { spec: {} }).spec).toMatchObject({ policyTypes: ['Ingress'] });
  });

  const PORT = 'spec.ingress[0].ports[0]';
  it.each<[string, unknown, string[]]>([
    [
      'spec.ingress.0.ports.0.endPort',
      70,
      [`${PORT}.endPort: Invalid value: 70: must be greater than or equal to \`port\``],
    ],
    [
      'spec.ingress.0.ports.0.port',
      undefined,
      [`${PORT}.endPort: Invalid value: 90: may not be specified when \`port\` is not specified`],
    ],
    [
      'spec.ingress.0.ports.0.port',
      'http',
      [`${PORT}.endPort: Invalid value: 90: may not be specified when \`port\` is non-numeric`],
    ],
    [
      'spec.ingress.0.ports.0.protocol',
      'ICMP',
      [`${PORT}.protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"`],
    ],
    ['spec.ingress.0.from.0', {}, ['spec.ingress[0].from[0]: Required value: must specify a peer']],
    [
      'spec.ingress.0.from.0.podSelector',
      {},
      ['spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer'],
    ],
    [
      'spec.ingress.0.from.0.ipBlock.cidr',
      '',
      ['spec.ingress[0].from[0].ipBlock.cidr: Required value'],
    ],
    [
      'spec.ingress.0.from.0.ipBlock.except.0',
      '11.0.0.0/16',
      [
        'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
      ],
    ],
    [
      'spec.policyTypes',
      ['Sideways'],
      ['spec.policyTypes[0]: Unsupported value: "Sideways": supported values: "Ingress", "Egress"'],
    ],
    [
      'spec.policyTypes',
      ['Ingress', 'Ingress', 'Ingress'],
      [
        'spec.policyTypes: Invalid value: ["Ingress","Ingress","Ingress"]: may not specify more than two policyTypes',
      ],
    ],
  ])('with %s %j are judged', (path, value, want) => {
    expect(errorsOf(POLICIES, created(POLICIES, withValue(policy, path, value)))).toEqual(want);
  });

  it('keep blocks that were let in', () => {
    const old = created(
      POLICIES,
      withValue(policy, 'spec.ingress.0.from.0.ipBlock.cidr', '10.0.0.1/8'),
    );
    expect(errorsOf(POLICIES, old)).toHaveLength(1);
    expect(errorsOf(POLICIES, old, old)).toEqual([]);
    expect(strategyOf(POLICIES).warnings?.(old, old)).toEqual([
      'spec.ingress[0].from[0].ipBlock.cidr: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
    ]);
  });
});

describe('addresses of services', () => {
  const address = { spec: { parentRef: { resource: 'services', namespace: 'a', name: 'b' } } };

  it('are named for themselves and keep their parent', () => {
    const object = created(ADDRESSES, address);
    expect(errorsOf(ADDRESSES, object)).toEqual([]);
    const strategy = strategyOf(ADDRESSES);
    expect(strategy.validateName?.('2001:db8::1', false)).toEqual([]);
    expect(strategy.validateName?.('2001:DB8::1', false)).toEqual([
      'must be in canonical form ("2001:db8::1")',
    ]);
    const moved = withValue(object, 'spec.parentRef.name', 'c');
    expect(errorsOf(ADDRESSES, moved, object)).toEqual([
      'spec.parentRef: Invalid value: {"resource":"services","namespace":"a","name":"c"}: field is immutable',
    ]);
    expect(errorsOf(ADDRESSES, created(ADDRESSES, { spec: {} }))).toEqual([
      'spec.parentRef: Required value',
    ]);
  });

  it.each<[string[], string[]]>([
    [['10.0.0.0/16', '2001:db8::/64'], []],
    [[], ['spec.cidrs: Required value: at least one CIDR required']],
    [
      ['10.0.0.0/16', '10.1.0.0/16'],
      [
        'spec.cidrs: Invalid value: ["10.0.0.0/16","10.1.0.0/16"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
      ],
    ],
    [
      ['a', 'b', 'c'],
      ['spec.cidrs: Invalid value: {"CIDRs":["a","b","c"]}: may only hold up to 2 values'],
    ],
  ])('come from %j', (cidrs, want) => {
    expect(errorsOf(CIDRS, created(CIDRS, { spec: { cidrs } }))).toEqual(want);
  });

  it.each<[string[], string[]]>([
    [['10.0.0.0/16'], []],
    [['10.0.0.0/16', '2001:db8::/64'], []],
    [['10.1.0.0/16'], ['spec.cidrs[0]: Invalid value: "10.1.0.0/16": field is immutable']],
    [[], ['spec.cidrs: Invalid value: []: field is immutable']],
  ])('may come from %j later', (cidrs, want) => {
    const old = created(CIDRS, { spec: { cidrs: ['10.0.0.0/16'] } });
    expect(errorsOf(CIDRS, withValue(old, 'spec.cidrs', cidrs), old)).toEqual(want);
  });
});

const slice = {
  addressType: 'IPv4',
  endpoints: [
    {
      addresses: ['10.0.0.1'],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: 'node-1',
      hostname: 'web-0',
      hints: { forZones: [{ name: 'a' }], forNodes: [{ name: 'node-1' }] },
      deprecatedTopology: { a: 'b' },
    },
  ],
  ports: [{ port: 80, appProtocol: 'kubernetes.io/h2c' }],
};

describe('endpoint slices', () => {
  it('default their ports and lose free-form topology', () => {
    const object = created(SLICES, slice);
    expect(object.ports).toMatchObject([{ name: '', protocol: 'TCP' }]);
    expect(object.endpoints).not.toHaveProperty('0.deprecatedTopology');
    expect(errorsOf(SLICES, object)).toEqual([]);
  });

  it.each<[string, unknown, string[]]>([
    ['addressType', '', ['addressType: Required value']],
    [
      'addressType',
      'IP',
      ['addressType: Unsupported value: "IP": supported values: "FQDN", "IPv4", "IPv6"'],
    ],
    [
      'addressType',
      'IPv6',
      ['endpoints[0].addresses: Invalid value: "10.0.0.1": must be an IPv6 address'],
    ],
    [
      'endpoints.0.addresses',
      [],
      ['endpoints[0].addresses: Required value: must contain at least 1 address'],
    ],
    [
      'endpoints.0.addresses',
      ['127.0.0.1'],
      [
        'endpoints[0].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      ],
    ],
    [
      'endpoints.0.hints.forZones',
      [{ name: 'a' }, { name: 'a' }],
      ['endpoints[0].hints.forZones[1].name: Duplicate value: "a"'],
    ],
    [
      'endpoints.0.hints.forNodes',
      Array.from({ length: 9 }, () => ({ name: 'a' })),
      ['endpoints[0].hints.forNodes: Too many: 9: must have at most 8 items'],
    ],
    [
      'ports',
      [{ name: 'a' }, { name: 'a', protocol: 'X' }],
      [
        'ports[1].name: Duplicate value: "a"',
        'ports[1].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
      ],
    ],
  ])('with %s %j are judged', (path, value, want) => {
    expect(errorsOf(SLICES, created(SLICES, withValue(slice, path, value)))).toEqual(want);
  });

  it('keep their address type', () => {
    const old = created(SLICES, slice);
    const next = withValue(withValue(old, 'addressType', 'FQDN'), 'endpoints', []);
    expect(errorsOf(SLICES, next, old)).toEqual([
      'addressType: Invalid value: "FQDN": field is immutable',
    ]);
    expect(strategyOf(SLICES).warnings?.(next, old)).toEqual([
      'spec.addressType: FQDN endpoints are deprecated',
    ]);
  });
});
