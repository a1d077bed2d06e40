import { describe, expect, it } from 'vitest';
import { InquiryPending } from '../inquiry.ts';
import { configMap, newAttributes, resourceInfo } from '../testing/fake-attributes.ts';
import { FakeContext } from '../testing/fake-context.ts';
import { answering, patches, reviewed, webhookConfiguration } from '../testing/fake-webhooks.ts';
import { newMutatingWebhookPlugin } from './mutating-webhook.ts';
import {
  type Answers,
  CONFIGURATIONS,
  contextOf,
  dataOf,
  type Hook,
  MAPS,
  run,
  set,
} from '../testing/mutating-run.ts';

describe('MutatingAdmissionWebhook', () => {
  it('asks one webhook after the other, in the order of configurations, each seeing what was done', () => {
    const context = new FakeContext({
      objects: {
        [CONFIGURATIONS]: [
          webhookConfiguration('z', [{ name: 'last' }]),
          webhookConfiguration('a', [{ name: 'first' }, { name: 'second' }]),
        ],
      },
      answer: answering({
        first: patches(set('a', '1')),
        second: reviewed(),
        last: ({ review }) => {
          const { object } = review.request as { object: { data: object } };
          return patches(set('seen', Object.keys(object.data).join()));
        },
      }),
    });
    const attributes = newAttributes(MAPS, configMap());
    const plugin = newMutatingWebhookPlugin();
    expect(plugin.admit?.(attributes, context)).toBe(true);
    expect(dataOf(attributes)).toEqual({ a: '1', seen: 'a' });
    expect(context.asked.map((inquiries) => inquiries.length)).toEqual([1, 1, 1]);
    expect(Object.fromEntries(attributes.auditAnnotations)).toEqual({
      'mutation.webhook.admission.k8s.io/round_0_index_0':
        '{"configuration":"a","webhook":"first","mutated":true}',
      'mutation.webhook.admission.k8s.io/round_0_index_1':
        '{"configuration":"a","webhook":"second","mutated":false}',
      'mutation.webhook.admission.k8s.io/round_0_index_2':
        '{"configuration":"z","webhook":"last","mutated":true}',
    });
  });

  it('puts the question as an AdmissionReview', () => {
    const context = contextOf([{ name: 'w' }], { w: reviewed() });
    const options = { apiVersion: 'meta.k8s.io/v1', kind: 'UpdateOptions', fieldManager: 'x' };
    const attributes = newAttributes(MAPS, configMap({ a: '1' }), {
      operation: 'UPDATE',
      oldObject: configMap(),
      options,
    });
    newMutatingWebhookPlugin().admit?.(attributes, context);
    const kind = { group: '', version: 'v1', kind: 'ConfigMap' };
    const resource = { group: '', version: 'v1', resource: 'configmaps' };
    expect(context.asked).toEqual([
      [
        {
          kind: 'webhook',
          use: 'admission',
          phase: 'admit',
          name: 'w',
          client: { url: 'https://w/' },
          timeoutSeconds: 5,
          review: {
            apiVersion: 'admission.k8s.io/v1',
            kind: 'AdmissionReview',
            request: {
              kind,
              resource,
              requestKind: kind,
              requestResource: resource,
              name: 'a',
              namespace: 'default',
              operation: 'UPDATE',
              userInfo: { username: 'alice', uid: 'u-1', groups: ['dev', 'system:authenticated'] },
              object: configMap({ a: '1' }),
              oldObject: configMap(),
              dryRun: false,
              options,
            },
          },
        },
      ],
    ]);
  });

  it('lets the question out and goes on when it is answered', () => {
    const context = new FakeContext({
      objects: {
        [CONFIGURATIONS]: [webhookConfiguration('c', [{ name: 'w', failurePolicy: 'Ignore' }])],
      },
    });
    const plugin = newMutatingWebhookPlugin();
    expect(() => plugin.admit?.(newAttributes(MAPS, configMap()), context)).toThrow(InquiryPending);
  });

  it('shows an object in the version that the rules name, and takes it back', () => {
    const info = resourceInfo('horizontalpodautoscalers.autoscaling');
    const rules = [
      { operations: ['*'], apiGroups: ['autoscaling'], apiVersions: ['v1'], resources: ['*'] },
    ];
    const object = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'a', namespace: 'default' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' },
        maxReplicas: 3,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
          },
        ],
      },
    };
    const { attributes } = run(
      [{ name: 'w', rules }],
      {
        w: ({ review }) => {
          const request = review.request as {
            kind: object;
            requestKind: object;
            object: { spec: { targetCPUUtilizationPercentage: number } };
          };
          expect(request.kind).toMatchObject({ group: 'autoscaling', version: 'v1' });
          expect(request.requestKind).toMatchObject({ group: 'autoscaling', version: 'v2' });
          expect(request.object).toMatchObject({ apiVersion: 'autoscaling/v1' });
          expect(request.object.spec.targetCPUUtilizationPercentage).toBe(50);
          return patches({
            op: 'replace',
            path: '/spec/targetCPUUtilizationPercentage',
            value: 60,
          });
        },
      },
      newAttributes(info, object),
    );
    expect(attributes.object).toMatchObject({
      apiVersion: 'autoscaling/v2',
      spec: { metrics: [{ resource: { target: { averageUtilization: 60 } } }] },
    });
  });

  it('drops what the kind does not know, and fills in defaults before the next is asked', () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a', namespace: 'default' },
      spec: { containers: [{ name: 'a', image: 'a' }] },
    };
    const { attributes } = run(
      [{ name: 'w' }, { name: 'x' }],
      {
        w: patches(
          { op: 'add', path: '/spec/nonsense', value: 1 },
          { op: 'add', path: '/spec/containers/-', value: { name: 'b', image: 'b:1' } },
        ),
        x: ({ review }) => {
          expect(review.request).toMatchObject({
            object: { spec: { containers: [{}, { imagePullPolicy: 'IfNotPresent' }] } },
          });
          return reviewed();
        },
      },
      newAttributes(resourceInfo('pods'), pod),
    );
    expect(attributes.object?.['spec']).not.toHaveProperty('nonsense');
  });

  it('does not ask about what decides about requests', () => {
    const info = resourceInfo(CONFIGURATIONS);
    const plugin = newMutatingWebhookPlugin();
    expect(plugin.handles(newAttributes(info, { metadata: { name: 'a' } }))).toBe(false);
    expect(plugin.handles(newAttributes(MAPS, configMap()))).toBe(true);
  });

  it('reads configurations once for each of their states', () => {
    const context = contextOf([{ name: 'w' }], { w: reviewed() });
    const plugin = newMutatingWebhookPlugin();
    for (let i = 0; i < 3; i++) plugin.admit?.(newAttributes(MAPS, configMap()), context);
    expect(context.lists.get(CONFIGURATIONS)).toBe(1);
    context.objects[CONFIGURATIONS] = [];
    context.policyRevision = '2';
    plugin.admit?.(newAttributes(MAPS, configMap()), context);
    expect(context.lists.get(CONFIGURATIONS)).toBe(2);
    expect(context.asked).toHaveLength(3);
  });

  const FAILED = { ok: false, message: 'failed to call webhook: no route' } as const;

  it.each<[string, Answers[string], Hook, string]>([
    ['no answer', FAILED, { name: 'w.x.io' }, 'failed to call webhook: no route'],
    [
      'an answer without response',
      reviewed({}, { response: null }),
      { name: 'w.x.io' },
      'received invalid webhook response: webhook response was absent',
    ],
    [
      'an answer of another kind',
      reviewed({}, { kind: 'Review' }),
      { name: 'w.x.io' },
      'received invalid webhook response: expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got admission.k8s.io/v1, Kind=Review',
    ],
    [
      'a patch without type',
      reviewed({ patch: 'W10=' }),
      { name: 'w.x.io' },
      'received invalid webhook response: webhook returned response.patch but not response.patchType',
    ],
    [
      'a type without patch',
      reviewed({ patchType: 'JSONPatch' }),
      { name: 'w.x.io' },
      'received invalid webhook response: webhook returned response.patchType but not response.patch',
    ],
    [
      'an empty type',
      reviewed({ patch: 'W10=', patchType: '' }),
      { name: 'w.x.io' },
      'received invalid webhook response: webhook returned invalid response.patchType of ""',
    ],
    [
      'another type',
      reviewed({ patch: 'W3sib3AiOiJhZGQifV0=', patchType: 'Merge' }),
      { name: 'w.x.io' },
      'unsupported patch type "Merge"',
    ],
    [
      'a patch that is none',
      reviewed({ patch: 'e30=', patchType: 'JSONPatch' }),
      { name: 'w.x.io' },
      'received undecodable patch in webhook response: json: cannot unmarshal object into Go value of type jsonpatch.Patch',
    ],
    [
      'a response that cannot be read',
      reviewed({ allowed: 'yes' }),
      { name: 'w.x.io' },
      'failed to call webhook: json: cannot unmarshal string into Go struct field AdmissionResponse.response.allowed of type bool',
    ],
    [
      'versions that nobody speaks',
      reviewed(),
      { name: 'w.x.io', admissionReviewVersions: ['v2'] },
      'could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)',
    ],
  ])('fails with %s, or goes on where failures are ignored', (_, answer, hook, reason) => {
    const { status } = run([hook], { [hook.name]: answer });
    const message = `failed calling webhook "w.x.io": ${reason}`;
    expect(status).toMatchObject({
      reason: 'InternalError',
      code: 500,
      message: `Internal error occurred: ${message}`,
      details: { causes: [{ message }] },
    });
    const ignoring = run([{ ...hook, failurePolicy: 'Ignore' }, { name: 'next' }], {
      [hook.name]: answer,
      next: patches(set('x', '1')),
    });
    expect(ignoring.status).toBeUndefined();
    expect(dataOf(ignoring.attributes)).toEqual({ x: '1' });
    expect(
      ignoring.attributes.auditAnnotations.get(
        'failed-open.mutation.webhook.admission.k8s.io/round_0_index_0',
      ),
    ).toBe('w.x.io');
  });

  it('speaks v1beta1 with those that know nothing else, and does not look at answers closely', () => {
    const patch = { patch: 'W3sib3AiOiJhZGQiLCJwYXRoIjoiL2RhdGEveCIsInZhbHVlIjoiMSJ9XQ==' };
    const { attributes } = run([{ name: 'w', admissionReviewVersions: ['v0', 'v1beta1'] }], {
      w: ({ review }) => {
        expect(review.apiVersion).toBe('admission.k8s.io/v1beta1');
        return reviewed(patch, { kind: 'Whatever' });
      },
    });
    expect(dataOf(attributes)).toEqual({ x: '1' });
  });

  it('fails where a patch does not fit, whatever the failure policy is', () => {
    const { status } = run([{ name: 'w', failurePolicy: 'Ignore' }], {
      w: patches({ op: 'remove', path: '/data/x' }),
    });
    expect(status).toMatchObject({ reason: 'InternalError', code: 500 });
    expect(status?.message).toMatch(/^Internal error occurred: .*nonexistent key: x/);
    const other = run([{ name: 'w', failurePolicy: 'Ignore' }], {
      w: patches({ op: 'add', path: '/data', value: 'x' }),
    });
    expect(other.status?.message).toMatch(
      /^Internal error occurred: json: cannot unmarshal string/,
    );
  });

  it('does not change what is deleted', () => {
    const attributes = newAttributes(MAPS, null, { operation: 'DELETE', oldObject: configMap() });
    expect(run([{ name: 'w' }], { w: patches(set('x', '1')) }, attributes).status?.message).toBe(
      'Internal error occurred: admission webhook "w" attempted to modify the object, which is not supported for this operation',
    );
  });

  it.each([
    [{ code: 403, message: 'no', reason: 'Forbidden' }, 403, 'Forbidden', ': no'],
    [{ reason: 'Because' }, 400, 'Because', ': Because'],
    [undefined, 400, undefined, ' without explanation'],
    [{ code: 200, status: 'Success', message: 'no' }, 400, undefined, ': no'],
  ])('refuses with the status of the response: %j', (given, code, reason, text) => {
    const { status } = run([{ name: 'w', failurePolicy: 'Ignore' }], {
      w: reviewed({ allowed: false, status: given, warnings: ['careful'] }),
    });
    expect(status).toMatchObject({
      status: 'Failure',
      code,
      message: `admission webhook "w" denied the request${text}`,
    });
    expect(status?.reason).toBe(reason);
  });

  it('takes over warnings, and audit annotations under the name of the webhook', () => {
    const { attributes } = run([{ name: 'w.x.io' }], {
      'w.x.io': reviewed({ warnings: ['a', 'b'], auditAnnotations: { k: 'v', 'no/good': 'v' } }),
    });
    expect(attributes.warnings).toEqual(['a', 'b']);
    expect(attributes.auditAnnotations.get('w.x.io/k')).toBe('v');
    expect(attributes.auditAnnotations.size).toBe(2);
  });

  it.each([
    ['None', undefined],
    ['NoneOnDryRun', undefined],
    ['Some', 'admission webhook "w" does not support dry run'],
    ['Unknown', 'admission webhook "w" does not support dry run'],
    [undefined, 'Internal error occurred: failed calling webhook "w": Webhook SideEffects is nil'],
  ])('with side effects %s, a dry run gives %j', (sideEffects, message) => {
    const attributes = newAttributes(MAPS, configMap(), { dryRun: true });
    const { status, asked } = run([{ name: 'w', sideEffects }], { w: reviewed() }, attributes);
    expect(status?.message).toBe(message);
    expect(asked).toEqual(message === undefined ? ['w'] : []);
  });
});
