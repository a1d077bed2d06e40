import { expect, it } from 'vitest';
import { created, errorsOf, strategyOf } from '../../../../test/strategy-harness.ts';

const errors = (...subsets: object[]): string[] =>
  errorsOf('endpoints', created('endpoints', { subsets }));

it.each<[subset: object, ...errors: string[]]>([
  [{ addresses: [{ ip: '10.0.0.1', nodeName: 'n' }], ports: [{ port: 80 }] }],
  [{ addresses: [{ ip: '10.0.0.1' }] }],
  [{}, 'subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`'],
  [
    { notReadyAddresses: [{ ip: '127.0.0.1' }] },
    'subsets[0].notReadyAddresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
  ],
  [
    { addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }, { name: 'b', port: 0 }] },
    'subsets[0].ports[0].name: Required value',
    'subsets[0].ports[1].port: Invalid value: 0: must be between 1 and 65535, inclusive',
  ],
])('%j', (subset, ...want) => {
  expect(errors(subset)).toEqual(want);
});

it('are kept as they are sent', () => {
  const a = { ip: '10.0.0.1' };
  const subsets = [
    { addresses: [a], ports: [{ port: 80, protocol: 'TCP' }] },
    { notReadyAddresses: [a, a], ports: [{ port: 80, protocol: 'TCP' }] },
  ];
  expect(created('endpoints', { subsets }).subsets).toEqual(subsets);
});

it('addresses of old are kept as long as nothing changes', () => {
  const old = created('endpoints', { subsets: [{ addresses: [{ ip: '010.0.0.1' }] }] });
  const message = 'Invalid value: "010.0.0.1": must not have leading 0s';
  expect(errorsOf('endpoints', old)).toEqual([`subsets[0].addresses[0].ip: ${message}`]);
  expect(errorsOf('endpoints', { ...old, metadata: { name: 'a' } }, old)).toEqual([]);
});

it('say which addresses are not in canonical form', () => {
  const endpoints = created('endpoints', { subsets: [{ addresses: [{ ip: '2001:DB8::1' }] }] });
  const warnings = () => strategyOf('endpoints').warnings?.(endpoints, null);
  const deprecated = 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice';
  expect(warnings()).toEqual([
    deprecated,
    'subsets[0].addresses[0].ip: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
  ]);
  endpoints.metadata.labels = { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' };
  expect(warnings()).toEqual([deprecated]);
});
