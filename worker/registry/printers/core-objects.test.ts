import { expect, it } from 'vitest';
import { RESOURCES } from '../resource-table.ts';

const NOW = Date.parse('2026-01-01T00:05:00Z');
const CREATED = { name: 'a', namespace: 'n', creationTimestamp: '2026-01-01T00:00:00Z' };

it.each<[resource: string, object: object, cells: unknown[]]>([
  [
    'persistentvolumes',
    {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteMany', 'ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        claimRef: { namespace: 'n', name: 'c' },
        storageClassName: 'fast',
        volumeMode: 'Filesystem',
      },
      status: { phase: 'Bound' },
    },
    ['a', '1Gi', 'RWO,RWX', 'Retain', 'Bound', 'n/c', 'fast', '<unset>', '', '5m', 'Filesystem'],
  ],
  [
    'persistentvolumeclaims',
    {
      metadata: { ...CREATED, deletionTimestamp: '2026-01-01T00:01:00Z' },
      spec: { volumeName: 'v' },
      status: { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadOnlyMany'] },
    },
    ['a', 'Terminating', 'v', '1Gi', 'ROX', '', '<unset>', '5m', '<unset>'],
  ],
  [
    'resourcequotas',
    { status: { hard: { pods: '5', 'limits.cpu': '2', cpu: '1' }, used: { pods: '1' } } },
    ['a', 'cpu: 0/1, pods: 1/5', 'limits.cpu: 0/2', '5m'],
  ],
  [
    'resourcequotas',
    { status: { hard: { cpu: '1000m', memory: '1024Mi' }, used: { memory: '0.5Gi' } } },
    ['a', 'cpu: 0/1, memory: 512Mi/1Gi', '', '5m'],
  ],
  ['persistentvolumes', {}, ['a', '0', '', '', '', '', '', '<unset>', '', '5m', '<unset>']],
  ['serviceaccounts', { secrets: [{ name: 's' }] }, ['a', '5m']],
  [
    'services',
    {
      spec: { type: 'LoadBalancer', externalIPs: ['1.1.1.1'] },
      status: {
        loadBalancer: { ingress: [{ ip: '9.9.9.9' }, { hostname: 'b.c' }, { ip: '9.9.9.9' }] },
      },
    },
    ['a', 'LoadBalancer', '<none>', '9.9.9.9,b.c,1.1.1.1', '<none>', '5m', '<none>'],
  ],
  [
    'events',
    {
      involvedObject: { kind: 'Pod', name: 'p' },
      source: { component: 'kubelet', host: 'n1' },
      count: 3,
    },
    ['<unknown>', '', '', 'pod/p', '', 'kubelet, n1', '', '<unknown>', 3, 'a'],
  ],
  ['limitranges', {}, ['a', '2026-01-01T00:00:00Z']],
  [
    'endpoints',
    {
      subsets: [
        { addresses: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }], ports: [{ port: 80 }, { port: 81 }] },
      ],
    },
    ['a', '10.0.0.1:80,[fd00::1]:80,10.0.0.1:81 + 1 more...', '5m'],
  ],
  ['endpoints', {}, ['a', '<none>', '5m']],
  [
    'podtemplates',
    {
      template: {
        metadata: { labels: { b: 'c' } },
        spec: { containers: [{ name: 'm', image: 'i' }] },
      },
    },
    ['a', 'm', 'i', 'b=c'],
  ],
  ['poddisruptionbudgets.policy', { spec: { minAvailable: '50%' } }, ['a', '50%', 'N/A', 0, '5m']],
])('%s %j', (resource, fields, cells) => {
  const object = { metadata: CREATED, ...fields };
  expect(RESOURCES.get(resource)?.printer?.cells(object, NOW)).toEqual(cells);
});
