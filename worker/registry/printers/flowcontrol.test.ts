import { describe, expect, it } from 'vitest';
import { printed } from '../../../test/print-harness.ts';

const CSRS = 'certificatesigningrequests.certificates.k8s.io';

describe('tables of flow control, certificates and API services', () => {
  it.each<[string, object, Record<string, unknown>]>([
    [
      'flowschemas.flowcontrol.apiserver.k8s.io',
      {
        spec: {
          priorityLevelConfiguration: { name: 'p' },
          matchingPrecedence: 5,
          distinguisherMethod: { type: 'ByUser' },
        },
        status: { conditions: [{ type: 'Dangling', status: 'False' }] },
      },
      {
        Name: 'a',
        PriorityLevel: 'p',
        MatchingPrecedence: 5,
        DistinguisherMethod: 'ByUser',
        Age: '60m',
        MissingPL: 'False',
      },
    ],
    [
      'flowschemas.flowcontrol.apiserver.k8s.io',
      { spec: {} },
      { DistinguisherMethod: '<none>', MissingPL: '?' },
    ],
    [
      'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io',
      {
        spec: {
          type: 'Limited',
          limited: {
            nominalConcurrencyShares: 30,
            limitResponse: { queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 } },
          },
        },
      },
      {
        Type: 'Limited',
        NominalConcurrencyShares: 30,
        Queues: 64,
        HandSize: 8,
        QueueLengthLimit: 50,
      },
    ],
    [
      'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io',
      { spec: { type: 'Exempt' } },
      { NominalConcurrencyShares: '<none>', Queues: '<none>' },
    ],
    [
      CSRS,
      {
        spec: { signerName: 'a.b/c', username: 'jane', expirationSeconds: 7200 },
        status: { conditions: [{ type: 'Approved' }], certificate: 'eA==' },
      },
      {
        Name: 'a',
        Age: '60m',
        SignerName: 'a.b/c',
        Requestor: 'jane',
        RequestedDuration: '120m',
        Condition: 'Approved,Issued',
      },
    ],
    [
      CSRS,
      { spec: {} },
      { SignerName: '<none>', RequestedDuration: '<none>', Condition: 'Pending' },
    ],
    [
      CSRS,
      { status: { conditions: [{ type: 'Approved' }, { type: 'Denied' }, { type: 'Failed' }] } },
      { Condition: 'Denied,Failed' },
    ],
    [
      'apiservices.apiregistration.k8s.io',
      {
        spec: { service: { namespace: 'n', name: 's' } },
        status: {
          conditions: [{ type: 'Available', status: 'False', reason: 'MissingEndpoints' }],
        },
      },
      { Name: 'a', Service: 'n/s', Available: 'False (MissingEndpoints)', Age: '60m' },
    ],
    ['apiservices.apiregistration.k8s.io', {}, { Service: 'Local', Available: 'Unknown' }],
  ])('%s', (resource, object, want) => {
    expect(printed(resource, object)).toMatchObject(want);
  });
});
