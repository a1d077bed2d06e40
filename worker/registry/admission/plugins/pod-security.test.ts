import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { contextOf, refusalOf, request } from '../../../../test/plugin-harness.ts';
import { podSecurity } from './pod-security.ts';

const P = 'pod-security.kubernetes.io/';

const namespace = (labels: Record<string, string>): KubernetesObject => ({
  metadata: {
    name: 'shop',
    labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [P + key, value])),
  },
});

const pod = (spec: object = {}, name = 'web'): KubernetesObject => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'a' }], ...spec },
});

interface Outcome {
  readonly refusal: string | null;
  readonly warnings: readonly string[];
  readonly audit: Readonly<Record<string, string>>;
}

function run(
  labels: Record<string, string>,
  resource: string,
  given: Parameters<typeof request>[1],
): Outcome {
  const attributes = request(resource, given);
  const refusal = refusalOf(
    podSecurity,
    attributes,
    contextOf({ namespaces: [namespace(labels)] }),
  );
  const audit = Object.fromEntries(
    [...attributes.auditAnnotations].map(([key, value]) => [key.slice(P.length), value]),
  );
  return { refusal, warnings: attributes.warnings, audit };
}

const HOST = { hostPID: true };
const TEXT = 'host namespaces (hostPID=true)';

describe('a pod', () => {
  it('is refused by what is enforced, and written down by what is audited', () => {
    const labels = { enforce: 'baseline', audit: 'baseline', warn: 'baseline' };
    expect(run(labels, 'pods', { object: pod(HOST) })).toEqual({
      refusal: `pods "web" is forbidden: violates PodSecurity "baseline:latest": ${TEXT}`,
      warnings: [],
      audit: {
        'enforce-policy': 'baseline:latest',
        'audit-violations': `would violate PodSecurity "baseline:latest": ${TEXT}`,
      },
    });
  });

  it('that is not refused comes with warnings', () => {
    const labels = { warn: 'baseline', 'warn-version': 'v1.20' };
    expect(run(labels, 'pods', { object: pod(HOST) })).toEqual({
      refusal: null,
      warnings: [`would violate PodSecurity "baseline:v1.20": ${TEXT}`],
      audit: { 'enforce-policy': 'privileged:latest' },
    });
  });

  it('may be anything where nothing is asked', () => {
    expect(run({}, 'pods', { object: pod(HOST) })).toMatchObject({ refusal: null, warnings: [] });
  });

  it('is held to the most where labels make no sense', () => {
    const { refusal, audit } = run({ enforce: 'x' }, 'pods', { object: pod() });
    expect(refusal).toMatch(/violates PodSecurity "restricted:latest"/);
    expect(audit['error']).toBe(
      'Failed to parse policy: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "x": must be one of privileged, baseline, restricted',
    );
  });

  it.each<[what: string, old: object, now: object, subresource: string, refused: boolean]>([
    ['labels', {}, {}, '', false],
    ['an image', {}, { containers: [{ name: 'c', image: 'b' }] }, '', true],
    ['a status', {}, { containers: [{ name: 'c', image: 'b' }] }, 'status', false],
    ['a debugger', {}, { ephemeralContainers: [{ name: 'e' }] }, 'ephemeralcontainers', true],
    [
      'no debugger',
      { ephemeralContainers: [{ name: 'e' }] },
      { ephemeralContainers: [{ name: 'e' }] },
      'ephemeralcontainers',
      false,
    ],
  ])('is looked at again when an update brings %s', (_what, old, now, subresource, refused) => {
    const { refusal } = run({ enforce: 'baseline' }, 'pods', {
      operation: 'UPDATE',
      subresource,
      object: pod({ ...HOST, ...now }),
      oldObject: pod({ ...HOST, ...old }),
    });
    expect(refusal !== null).toBe(refused);
  });
});

describe('a workload', () => {
  const template = { spec: pod(HOST).spec };
  const labels = { enforce: 'baseline', audit: 'baseline', warn: 'baseline' };

  it.each<[resource: string, object: object]>([
    ['deployments.apps', { spec: { template } }],
    ['cronjobs.batch', { spec: { jobTemplate: { spec: { template } } } }],
    ['podtemplates', { template }],
  ])('%s is warned about, not refused', (resource, more) => {
    expect(run(labels, resource, { object: { metadata: { name: 'web' }, ...more } })).toEqual({
      refusal: null,
      warnings: [`would violate PodSecurity "baseline:latest": ${TEXT}`],
      audit: { 'audit-violations': `would violate PodSecurity "baseline:latest": ${TEXT}` },
    });
  });

  it('without a template, or that is only scaled, is not looked at', () => {
    const object = { metadata: { name: 'web' } };
    expect(run(labels, 'replicationcontrollers', { object }).warnings).toEqual([]);
    expect(podSecurity.handles(request('deployments.apps', { object, subresource: 'scale' }))).toBe(
      false,
    );
  });
});

describe('a namespace', () => {
  function update(before: Record<string, string>, after: Record<string, string>, pods: object[]) {
    const attributes = request('namespaces', {
      operation: 'UPDATE',
      namespace: 'shop',
      object: namespace(after),
      oldObject: namespace(before),
    });
    const asked: unknown[] = [];
    const context = contextOf(
      {},
      {
        inquiries: {
          ask(inquiries) {
            asked.push(...inquiries);
            return [pods] as never;
          },
        },
      },
    );
    const refusal = refusalOf(podSecurity, attributes, context);
    return { refusal, warnings: attributes.warnings, asked };
  }

  const controlled = (name: string): KubernetesObject => {
    const owner = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      name: 'web',
      uid: 'r',
      controller: true,
    };
    return { ...pod(HOST, name), metadata: { name, ownerReferences: [owner] } };
  };

  it('that comes to enforce more tells which of its pods would be refused', () => {
    const pods = [
      controlled('web-b'),
      pod({}, 'fine'),
      controlled('web-a'),
      pod({ hostIPC: true }),
    ];
    expect(update({}, { enforce: 'baseline' }, [...pods, controlled('web-c')])).toEqual({
      refusal: null,
      asked: [{ kind: 'objects', namespace: 'shop', resource: 'pods' }],
      warnings: [
        'existing pods in namespace "shop" violate the new PodSecurity enforce level "baseline:latest"',
        'web (and 3 other pods): host namespaces',
      ],
    });
    expect(update({}, { enforce: 'restricted' }, [pod()]).warnings).toEqual([
      'existing pods in namespace "shop" violate the new PodSecurity enforce level "restricted:latest"',
      'web: allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile',
    ]);
  });

  it.each<[before: Record<string, string>, after: Record<string, string>, asks: boolean]>([
    [{ enforce: 'baseline' }, { enforce: 'baseline' }, false],
    [{ enforce: 'baseline' }, { enforce: 'privileged' }, false],
    [{ enforce: 'restricted' }, { enforce: 'baseline' }, false],
    [{ enforce: 'restricted' }, { enforce: 'baseline', 'enforce-version': 'v1.1' }, true],
    [{}, { warn: 'baseline' }, false],
  ])('%j → %j looks at its pods: %s', (before, after, asks) => {
    expect(update(before, after, []).asked.length > 0).toBe(asks);
  });

  it('has labels that make sense, or had others that did not', () => {
    const want =
      'Namespace "shop" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "x": must be one of privileged, baseline, restricted';
    const object = namespace({ enforce: 'x' });
    const created = request('namespaces', { namespace: 'shop', object });
    expect(refusalOf(podSecurity, created)).toBe(want);
    expect(update({}, { enforce: 'x' }, []).refusal).toBe(want);
    expect(update({ enforce: 'x' }, { enforce: 'x' }, []).refusal).toBeNull();
  });
});
