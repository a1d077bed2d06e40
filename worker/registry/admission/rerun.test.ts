import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { admit, validate } from './chain.ts';
import { newDynamicPlugins } from './dynamic-plugins.ts';
import { InquiryPending, type Inquiry, type InquiryAnswers } from './inquiry.ts';
import type { AdmissionAttributes } from './plugin.ts';
import { configMap, newAttributes, resourceInfo } from './testing/fake-attributes.ts';
import { FakeContext } from './testing/fake-context.ts';
import { binding, policy } from './testing/fake-policies.ts';
import { patches, reviewed, webhookConfiguration } from './testing/fake-webhooks.ts';

const GROUP = 'admissionregistration.k8s.io';
const elsewhere = { paramRef: { name: 'p', namespace: 'other' } };
const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };
const add = (key: string, value: string) =>
  `[JSONPatch{op: "add", path: "/data/${key}", value: ${value}}]`;

const OBJECTS: Readonly<Record<string, readonly KubernetesObject[]>> = {
  [`mutatingadmissionpolicies.${GROUP}`]: [
    policy('m', {
      paramKind,
      reinvocationPolicy: 'IfNeeded',
      matchConditions: [
        {
          name: 'c',
          expression:
            'authorizer.group("").resource("pods").namespace("other").check("get").allowed()',
        },
      ],
      mutations: [
        { patchType: 'JSONPatch', jsonPatch: { expression: add('m', 'params.data.x') } },
        {
          patchType: 'JSONPatch',
          jsonPatch: { expression: add('n', 'string(size(object.data))') },
        },
      ],
    }),
  ],
  [`mutatingadmissionpolicybindings.${GROUP}`]: [binding('m', 'm', elsewhere)],
  [`mutatingwebhookconfigurations.${GROUP}`]: [
    webhookConfiguration('w', [
      { name: 'first', reinvocationPolicy: 'IfNeeded' },
      { name: 'second' },
    ]),
  ],
  [`validatingadmissionpolicies.${GROUP}`]: [
    policy('v', {
      paramKind,
      validations: [{ expression: 'size(object.data) == 4 && params.data.x == "1"' }],
    }),
  ],
  [`validatingadmissionpolicybindings.${GROUP}`]: [binding('v', 'v', elsewhere)],
  [`validatingwebhookconfigurations.${GROUP}`]: [
    webhookConfiguration('w', [{ name: 'third' }, { name: 'fourth' }]),
  ],
};

function answer(inquiry: Inquiry): InquiryAnswers[Inquiry['kind']] {
  if (inquiry.kind === 'access') return { allowed: true, reason: '' };
  if (inquiry.kind === 'objects') return [configMap({ x: '1' }, { name: 'p', namespace: 'other' })];
  return inquiry.name === 'first' || inquiry.name === 'second'
    ? patches({ op: 'add', path: `/data/${inquiry.name}`, value: '1' })
    : reviewed({ warnings: [`${inquiry.name} looked`] });
}

describe('admission that is undone and run again with what it asked for', () => {
  it('asks the same questions and comes to the same end', () => {
    const direct = run((inquiry) => answer(inquiry));
    const known = new Map<string, InquiryAnswers[Inquiry['kind']]>();
    let rounds = 0;
    for (;;) {
      rounds++;
      try {
        const later = run((inquiry) => {
          const found = known.get(JSON.stringify(inquiry));
          if (found === undefined) throw new InquiryPending([inquiry]);
          return found;
        });
        expect(later).toEqual(direct);
        break;
      } catch (error) {
        if (!(error instanceof InquiryPending)) throw error;
        for (const each of error.inquiries) known.set(JSON.stringify(each), answer(each));
      }
    }
    expect(rounds).toBeGreaterThan(5);
    expect(direct).toMatchObject({
      object: { data: { m: '1', n: '4', first: '1', second: '1' } },
      warnings: ['third looked', 'fourth looked'],
    });
  });
});

const plugins = newDynamicPlugins();

/** All four plugins, as a store runs them: on an object of their own every time. */
function run(
  answers: (inquiry: Inquiry) => InquiryAnswers[Inquiry['kind']],
): Pick<AdmissionAttributes, 'object' | 'warnings' | 'auditAnnotations'> {
  const context = new FakeContext({ objects: OBJECTS, answer: answers });
  const attributes = newAttributes(resourceInfo('configmaps'), configMap({}));
  admit(plugins, attributes, context);
  validate(plugins, attributes, context);
  const { object, warnings, auditAnnotations } = attributes;
  return { object, warnings, auditAnnotations };
}
