import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { StatusError } from '../../../../apimachinery/status-error.ts';
import { InquiryPending, type WebhookOutcome } from '../../admission/inquiry.ts';
import { FakeContext } from '../../admission/testing/fake-context.ts';
import type { CustomResourceDefinition } from '../types.ts';
import { convertByWebhook } from './conversion-webhook.ts';

const crd = (conversionReviewVersions = ['v1']): CustomResourceDefinition => ({
  metadata: { name: 'widgets.x.io' },
  spec: {
    group: 'x.io',
    names: { plural: 'widgets', kind: 'Widget' },
    scope: 'Namespaced',
    versions: [],
    conversion: {
      strategy: 'Webhook',
      webhook: { clientConfig: { url: 'https://hook/' }, conversionReviewVersions },
    },
  },
});

const widget = (name: string, apiVersion = 'x.io/v1', extra: object = {}): KubernetesObject => ({
  apiVersion,
  kind: 'Widget',
  metadata: { name, namespace: 'default', uid: `uid-${name}`, labels: { a: 'b' } },
  ...extra,
});

const reviewed = (
  convertedObjects: unknown,
  response: object = {},
  review: object = {},
): WebhookOutcome => ({
  ok: true,
  response: {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'ConversionReview',
    response: { uid: 'x', convertedObjects, result: { status: 'Success' }, ...response },
    ...review,
  },
});

function convert(
  objects: readonly KubernetesObject[],
  outcome: WebhookOutcome,
  definition = crd(),
): { objects?: KubernetesObject[]; message?: string; context: FakeContext } {
  const context = new FakeContext({ answer: () => outcome });
  try {
    return {
      objects: convertByWebhook(definition, objects, 'x.io/v2', context.inquiries),
      context,
    };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    expect(error.status).toMatchObject({ code: 500 });
    expect(error.status.reason).toBeUndefined();
    return { message: error.message, context };
  }
}

describe('convertByWebhook', () => {
  it('sends what is in another version, and gives all in their order', () => {
    const objects = [widget('a'), widget('b', 'x.io/v2'), widget('c')];
    const { objects: got, context } = convert(
      objects,
      reviewed([widget('a', 'x.io/v2', { spec: 1 }), widget('c', 'x.io/v2', { spec: 3 })]),
    );
    expect(got?.map(({ metadata, spec }) => [metadata.name, spec])).toEqual([
      ['a', 1],
      ['b', undefined],
      ['c', 3],
    ]);
    expect(context.asked).toEqual([
      [
        {
          kind: 'webhook',
          use: 'conversion',
          name: 'conversion_webhook_for_widgets.x.io',
          client: { url: 'https://hook/' },
          timeoutSeconds: 30,
          review: {
            apiVersion: 'apiextensions.k8s.io/v1',
            kind: 'ConversionReview',
            request: { desiredAPIVersion: 'x.io/v2', objects: [objects[0], objects[2]] },
          },
        },
      ],
    ]);
  });

  it('asks nobody about what is in the version already, or is nothing but a type', () => {
    const bare = { apiVersion: 'x.io/v1', kind: 'Widget' } as KubernetesObject;
    const { objects, context } = convert([widget('a', 'x.io/v2'), bare], reviewed([]));
    expect(objects?.map(({ apiVersion }) => apiVersion)).toEqual(['x.io/v2', 'x.io/v2']);
    expect(context.asked).toEqual([]);
  });

  it('lets the question out', () => {
    const { inquiries } = new FakeContext();
    expect(() => convertByWebhook(crd(), [widget('a')], 'x.io/v2', inquiries)).toThrow(
      InquiryPending,
    );
  });

  it('takes over labels and annotations, and nothing else of metadata', () => {
    const metadata = {
      ...widget('a').metadata,
      labels: { c: 'd' },
      annotations: { e: 'f' },
      finalizers: ['x/y'],
    };
    const { objects } = convert([widget('a')], reviewed([widget('a', 'x.io/v2', { metadata })]));
    expect(objects?.[0]?.metadata).toEqual({
      name: 'a',
      namespace: 'default',
      uid: 'uid-a',
      labels: { c: 'd' },
      annotations: { e: 'f' },
    });
    const bare = { ...metadata, labels: null, annotations: undefined };
    const without = convert([widget('a')], reviewed([widget('a', 'x.io/v2', { metadata: bare })]));
    expect(without.objects?.[0]?.metadata).not.toHaveProperty('labels');
  });

  const FOR = 'conversion webhook for x.io/v1, Kind=Widget';
  const meta = (extra: object) => [
    widget('a', 'x.io/v2', { metadata: { ...widget('a').metadata, ...extra } }),
  ];

  it.each<[WebhookOutcome, string]>([
    [
      { ok: false, message: 'Post "https://hook/": no route' },
      'failed: Post "https://hook/": no route',
    ],
    [
      reviewed([], {}, { kind: 'Other' }),
      'failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got apiextensions.k8s.io/v1, Kind=Other',
    ],
    [reviewed([], {}, { response: null }), 'failed: no response provided'],
    [reviewed([], { result: { status: 'Failure', message: 'no' } }), 'failed: no'],
    [reviewed([], { result: {} }), "failed: response.result.status was '', not 'Success'"],
    [reviewed([]), 'returned 0 objects, expected 1'],
    [
      reviewed([widget('a')]),
      'returned invalid object at index 0: invalid groupVersion (expected x.io/v2, received x.io/v1)',
    ],
    [
      reviewed([widget('a', 'x.io/v2', { kind: 'Gadget' })]),
      'returned invalid object at index 0: invalid kind (expected Widget, received Gadget)',
    ],
    [
      reviewed([widget('b', 'x.io/v2')]),
      'returned invalid object: must have the same name: a != b',
    ],
    [
      reviewed(meta({ namespace: 'x' })),
      'returned invalid object: must have the same namespace: default != x',
    ],
    [reviewed(meta({ uid: 'x' })), 'returned invalid object: must have the same UID: uid-a != x'],
    [
      reviewed(meta({ labels: { a: 1 } })),
      'returned invalid metadata: metadata.labels[a] must be a string, but is int64 in converted object',
    ],
    [
      reviewed(meta({ labels: 'x' })),
      'returned invalid metadata: invalid metadata.labels of type string in converted object',
    ],
  ])('refuses %j', (outcome, why) => {
    expect(convert([widget('a')], outcome).message).toBe(`${FOR} ${why}`);
  });

  it('refuses labels that are not valid, unless they were before', () => {
    const labels = { '-': 'x' };
    expect(convert([widget('a')], reviewed(meta({ labels }))).message).toContain(
      `${FOR} returned invalid metadata: metadata.labels: Invalid value: "-"`,
    );
    const old = widget('a');
    old.metadata.labels = labels;
    expect(convert([old], reviewed(meta({ labels }))).message).toBeUndefined();
  });

  it('tells which one of a list is wrong', () => {
    const { message } = convert(
      [widget('a'), widget('b')],
      reviewed([widget('a', 'x.io/v2'), widget('c', 'x.io/v2')]),
    );
    expect(message).toBe(
      'conversion webhook for x.io/v1, Kind=WidgetList returned invalid converted object at index 1: must have the same name: b != c',
    );
  });

  it('speaks the first version of reviews that it knows', () => {
    const { objects, context } = convert(
      [widget('a')],
      reviewed([widget('a', 'x.io/v2')], {}, { kind: 'Whatever' }),
      crd(['v0', 'v1beta1', 'v1']),
    );
    expect(objects).toHaveLength(1);
    expect(context.asked[0]?.[0]).toMatchObject({
      review: { apiVersion: 'apiextensions.k8s.io/v1beta1' },
    });
    expect(convert([widget('a')], reviewed([]), crd(['v0'])).message).toBe(
      'no supported conversion review versions',
    );
  });
});
