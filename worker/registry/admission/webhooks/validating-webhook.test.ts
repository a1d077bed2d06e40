import { describe, expect, it } from 'vitest';
import { StatusError, type Status } from '../../../../apimachinery/status-error.ts';
import { validate } from '../chain.ts';
import type { WebhookInquiry } from '../inquiry.ts';
import { configMap, newAttributes, resourceInfo } from '../testing/fake-attributes.ts';
import { FakeContext } from '../testing/fake-context.ts';
import { answering, patches, reviewed, webhookConfiguration } from '../testing/fake-webhooks.ts';
import { newValidatingWebhookPlugin } from './validating-webhook.ts';

const CONFIGURATIONS = 'validatingwebhookconfigurations.admissionregistration.k8s.io';
const MAPS = resourceInfo('configmaps');

type Hook = Parameters<typeof webhookConfiguration>[1][number];

function run(
  hooks: readonly Hook[],
  answers: Parameters<typeof answering>[0],
  attributes = newAttributes(MAPS, configMap()),
) {
  const context = new FakeContext({
    objects: { [CONFIGURATIONS]: [webhookConfiguration('conf', hooks)] },
    answer: answering(answers),
  });
  let status: Status | undefined;
  try {
    validate([newValidatingWebhookPlugin()], attributes, context);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    ({ status } = error);
  }
  const asked = context.asked.map((each) => each.map((i) => (i as WebhookInquiry).name));
  return { attributes, asked, status };
}

const FAILED = { ok: false, message: 'failed to call webhook: no route' } as const;
const denied = (message: string) => reviewed({ allowed: false, status: { message } });

describe('ValidatingAdmissionWebhook', () => {
  it('asks all webhooks at once, and tells what the first one has against the request', () => {
    const { asked, status } = run([{ name: 'a' }, { name: 'b' }, { name: 'c' }], {
      a: reviewed(),
      b: denied('b'),
      c: denied('c'),
    });
    expect(asked).toEqual([['a', 'b', 'c']]);
    expect(status?.message).toBe('admission webhook "b" denied the request: b');
  });

  it('asks nobody where nobody is concerned', () => {
    expect(run([{ name: 'a', rules: [] }], {})).toMatchObject({ asked: [] });
  });

  it('fails, or goes on where failures are ignored, and counts among those that were asked', () => {
    const hooks = [{ name: 'none', rules: [] }, { name: 'a' }, { name: 'b' }];
    expect(run(hooks, { a: reviewed(), b: FAILED }).status).toMatchObject({
      message:
        'Internal error occurred: failed calling webhook "b": failed to call webhook: no route',
      code: 500,
    });
    const ignoring = hooks.map((hook) => ({ ...hook, failurePolicy: 'Ignore' }));
    const { status, attributes } = run(ignoring, { a: reviewed(), b: FAILED });
    expect(status).toBeUndefined();
    expect(Object.fromEntries(attributes.auditAnnotations)).toEqual({
      'failed-open.validating.webhook.admission.k8s.io/round_0_index_1': 'b',
    });
  });

  it('takes no patches', () => {
    const { status } = run([{ name: 'a' }], { a: patches({ op: 'add', path: '/a', value: 1 }) });
    expect(status?.message).toBe(
      'Internal error occurred: failed calling webhook "a": received invalid webhook response: validating webhook may not return response.patch',
    );
    const typed = run([{ name: 'a' }], { a: reviewed({ patchType: 'JSONPatch' }) });
    expect(typed.status?.message).toContain('validating webhook may not return response.patchType');
  });

  it('refuses a dry run for a webhook with side effects, and asks the others all the same', () => {
    const attributes = newAttributes(MAPS, configMap(), { dryRun: true });
    const hooks = [{ name: 'a' }, { name: 'b', sideEffects: 'Some' }, { name: 'c' }];
    const { asked, status } = run(hooks, { a: reviewed(), c: denied('c') }, attributes);
    expect(asked).toEqual([['a', 'c']]);
    expect(status).toMatchObject({
      reason: 'BadRequest',
      message: 'admission webhook "b" does not support dry run',
    });
  });

  it('shows nothing for an object that there is not', () => {
    const attributes = newAttributes(MAPS, null, {
      operation: 'DELETE',
      oldObject: configMap(),
      options: {},
    });
    const { asked } = run(
      [{ name: 'a' }],
      {
        a: ({ review }) => {
          expect(review.request).toMatchObject({ object: null, options: null, oldObject: {} });
          return reviewed();
        },
      },
      attributes,
    );
    expect(asked).toEqual([['a']]);
  });
});
