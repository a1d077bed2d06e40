import { describe, expect, it } from 'vitest';
import { created, errorsOf, withValue } from '../../../../test/strategy-harness.ts';

const SERVICES = 'apiservices.apiregistration.k8s.io';
const service = {
  metadata: { name: 'v1.example.com' },
  spec: {
    group: 'example.com',
    version: 'v1',
    groupPriorityMinimum: 1000,
    versionPriority: 15,
    caBundle: 'eA==',
    service: { name: 'api', namespace: 'kube-system' },
  },
};

describe('API services', () => {
  it('are there at once when this server serves them', () => {
    const local = {
      ...service,
      spec: { ...service.spec, service: undefined, caBundle: undefined },
    };
    expect(created(SERVICES, local).status).toEqual({
      conditions: [
        {
          type: 'Available',
          status: 'True',
          lastTransitionTime: '2026-01-01T00:00:00Z',
          reason: 'Local',
          message: 'Local APIServices are always available',
        },
      ],
    });
    const object = created(SERVICES, service);
    expect(object).toMatchObject({ spec: { service: { port: 443 } }, status: {} });
    expect(errorsOf(SERVICES, object)).toEqual([]);
  });

  it.each<[string, unknown, string[]]>([
    [
      'metadata.name',
      'v2.example.com',
      [
        'metadata.name: Invalid value: "v2.example.com": must be `spec.version+"."+spec.group`: "v1.example.com"',
      ],
    ],
    ['metadata.name', 'a/b', [`metadata.name: Invalid value: "a/b": may not contain '/'`]],
    [
      'spec.groupPriorityMinimum',
      20_001,
      ['spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000'],
    ],
    [
      'spec.versionPriority',
      0,
      ['spec.versionPriority: Invalid value: 0: must be positive and less than 1000'],
    ],
    [
      'spec.service',
      undefined,
      ['spec.caBundle: Invalid value: "1 bytes": local APIServices may not have a caBundle'],
    ],
    [
      'spec.service',
      {},
      ['spec.service.namespace: Required value', 'spec.service.name: Required value'],
    ],
    [
      'spec.insecureSkipTLSVerify',
      true,
      ['spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present'],
    ],
    [
      'spec',
      { version: 'v2' },
      [
        'metadata.name: Invalid value: "v1.example.com": must be `spec.version+"."+spec.group`: "v2."',
        'spec.group: Required value: only v1 may have an empty group and it better be legacy kube',
        'spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000',
        'spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
      ],
    ],
  ])('with %s %j are judged', (path, value, want) => {
    expect(errorsOf(SERVICES, created(SERVICES, withValue(service, path, value)))).toEqual(want);
  });

  it('have conditions that are true, false or unknown', () => {
    const old = created(SERVICES, service);
    const status = { conditions: [{ type: 'Available', status: 'Maybe' }] };
    expect(errorsOf(SERVICES, { ...old, status }, old, 'status')).toEqual([
      'status.conditions[0].status: Unsupported value: "Maybe": supported values: "True", "False", "Unknown"',
    ]);
  });
});
