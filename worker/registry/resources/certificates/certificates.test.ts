import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { created, errorsOf, strategyOf, withValue } from '../../../../test/strategy-harness.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';

const CSRS = 'certificatesigningrequests.certificates.k8s.io';
const CONTEXT = { now: Date.parse('2026-01-01T00:00:00Z'), user: { name: 'admin', groups: [] } };
const NOW = '2026-01-01T00:00:00Z';

const textOf = (file: string): string =>
  readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8');
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const CERTIFICATE = base64(textOf('certificate.pem'));

const request = {
  spec: {
    request: base64(textOf('request.pem')),
    signerName: 'kubernetes.io/kube-apiserver-client',
    usages: ['client auth', 'digital signature'],
    expirationSeconds: 3600,
    username: 'mallory',
    groups: ['system:masters'],
    extra: { a: ['b'] },
    uid: 'x',
  },
};

describe('certificate signing requests', () => {
  it('come from whoever sent them, undecided', () => {
    const object = created(CSRS, { ...request, status: { certificate: CERTIFICATE } });
    const { username, groups, uid, extra } = object.spec as Record<string, unknown>;
    expect({ username, groups, uid, extra }).toEqual({ username: 'test' });
    expect(object.status).toEqual({});
    expect(errorsOf(CSRS, object)).toEqual([]);
    expect(strategyOf(CSRS).selectableFields?.(object)).toEqual({
      'spec.signerName': 'kubernetes.io/kube-apiserver-client',
    });
  });

  it.each<[string, unknown, string[]]>([
    [
      'request',
      null,
      ['spec.request: Invalid value: null: PEM block type must be CERTIFICATE REQUEST'],
    ],
    [
      'request',
      CERTIFICATE,
      [`spec.request: Invalid value: "${CERTIFICATE}": PEM block type must be CERTIFICATE REQUEST`],
    ],
    [
      'request',
      base64('-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n'),
      [expect.stringContaining('asn1: syntax error: data truncated') as string],
    ],
    ['usages', [], ['spec.usages: Required value']],
    [
      'usages',
      ['client auth', 'client auth', 'x'],
      [
        expect.stringContaining(
          'spec.usages[2]: Unsupported value: "x": supported values: "any", "cert sign"',
        ) as string,
        'spec.usages[1]: Duplicate value: "client auth"',
      ],
    ],
    [
      'signerName',
      'kubernetes.io/legacy-unknown',
      [
        'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version',
      ],
    ],
    ['signerName', '', ['spec.signerName: Required value']],
    [
      'expirationSeconds',
      599,
      [
        'spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)',
      ],
    ],
  ])('with %s %j are judged', (path, value, want) => {
    const object = created(CSRS, withValue(request, `spec.${path}`, value));
    expect(errorsOf(CSRS, object)).toEqual(want);
  });

  const write = (subresource: string, status: object, old: KubernetesObject): KubernetesObject => {
    const object = structuredClone({ ...old, spec: {}, status });
    strategyOf(CSRS).subresources?.[subresource]?.prepareForUpdate(object, old, CONTEXT);
    return object;
  };
  const fresh = (): KubernetesObject => created(CSRS, request);
  const condition = (type: string, status = 'True') => ({ type, status, reason: 'Ok' });
  const approved = (): KubernetesObject =>
    write('approval', { conditions: [condition('Approved')] }, fresh());

  it('are approved at one endpoint', () => {
    const old = fresh();
    const status = { conditions: [condition('Approved')], certificate: CERTIFICATE };
    const object = write('approval', status, old);
    expect(object.spec).toEqual(old.spec);
    expect(object.status).toEqual({
      conditions: [{ ...condition('Approved'), lastUpdateTime: NOW, lastTransitionTime: NOW }],
    });
    expect(errorsOf(CSRS, object, old, 'approval')).toEqual([]);
    expect(
      errorsOf(CSRS, write('status', { conditions: [condition('Denied')] }, old), old, 'status'),
    ).toEqual(['status.conditions: Forbidden: updates may not add a condition of type "Denied"']);
  });

  it('are signed at another', () => {
    const old = approved();
    const conditions = [condition('Approved'), condition('Failed')];
    const object = write('status', { conditions, certificate: CERTIFICATE }, old);
    expect(object.status).toMatchObject({
      certificate: CERTIFICATE,
      conditions: [(old.status as { conditions: object[] }).conditions[0]!, { type: 'Failed' }],
    });
    expect(errorsOf(CSRS, object, old, 'status')).toEqual([]);
    const again = write('status', { conditions, certificate: base64('x') }, object);
    expect(errorsOf(CSRS, again, object, 'status')).toEqual([
      'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
      'status.certificate: Forbidden: updates may not modify existing certificate content',
    ]);
  });

  it.each<[object[], string[]]>([
    [
      [condition('Approved'), condition('Denied')],
      [
        'status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
      ],
    ],
    [
      [condition('Approved', 'False')],
      ['status.conditions[0].status: Unsupported value: "False": supported values: "True"'],
    ],
    [
      [condition('', '')],
      ['status.conditions[0].type: Required value', 'status.conditions[0].status: Required value'],
    ],
    [
      [condition('Seen', 'No'), condition('Seen')],
      [
        'status.conditions[0].status: Unsupported value: "No": supported values: "False", "True", "Unknown"',
        'status.conditions[1].type: Duplicate value: "Seen"',
      ],
    ],
  ])('may not be decided like %j', (conditions, want) => {
    const old = fresh();
    expect(errorsOf(CSRS, write('approval', { conditions }, old), old, 'approval')).toEqual(want);
  });

  it('stay decided', () => {
    const old = approved();
    expect(errorsOf(CSRS, write('approval', {}, old), old, 'approval')).toEqual([
      'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    ]);
    const key = '-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n';
    const object = write('status', { ...(old.status as object), certificate: base64(key) }, old);
    expect(errorsOf(CSRS, object, old, 'status')).toEqual([
      'status.certificate: Invalid value: "<certificate data>": only CERTIFICATE PEM blocks are allowed, found "EC PRIVATE KEY"',
    ]);
  });
});
