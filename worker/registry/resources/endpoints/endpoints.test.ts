import { expect, it } from 'vitest';
import { created, errorsOf } from '../../../../test/strategy-harness.ts';
import { repackSubsets } from './repack-subsets.ts';

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

it('addresses and ports are put into the fewest subsets', () => {
  const [a, b] = [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }];
  const [http, https] = [
    { name: 'http', port: 80 },
    { name: 'https', port: 443 },
  ];
  const repacked = repackSubsets([
    { addresses: [b], ports: [http] },
    { addresses: [a], ports: [http] },
    { addresses: [a, b, b], ports: [https] },
  ]);
  expect(repacked).toHaveLength(1);
  expect(repacked[0]!.addresses).toEqual([a, b]);
  expect(repacked[0]!.ports).toEqual(expect.arrayContaining([http, https]));
  expect(repackSubsets(repacked)).toEqual(repacked);
});

it('an address that is not ready somewhere is not ready', () => {
  const a = { ip: '10.0.0.1' };
  const ports = [{ port: 80 }];
  expect(
    repackSubsets([
      { addresses: [a], ports },
      { notReadyAddresses: [a], ports },
    ]),
  ).toEqual([{ notReadyAddresses: [a], ports }]);
});
