import { describe, expect, it } from 'vitest';
import { printed } from '../../../test/print-harness.ts';

const GROUP = 'admissionregistration.k8s.io';

describe('tables of admission', () => {
  it.each<[string, object, Record<string, unknown>]>([
    [
      `validatingwebhookconfigurations.${GROUP}`,
      { webhooks: [{}, {}] },
      { Name: 'a', Webhooks: 2, Age: '60m' },
    ],
    [
      `validatingadmissionpolicies.${GROUP}`,
      { spec: { validations: [{}], paramKind: { apiVersion: 'x.y/v1', kind: 'Limit' } } },
      { Name: 'a', Validations: 1, ParamKind: 'x.y/v1/Limit', Age: '60m' },
    ],
    [
      `mutatingadmissionpolicies.${GROUP}`,
      { spec: { mutations: [{}, {}] } },
      { Name: 'a', Mutations: 2, ParamKind: '<unset>', Age: '60m' },
    ],
    [
      `validatingadmissionpolicybindings.${GROUP}`,
      { spec: { policyName: 'p', paramRef: { name: 'x', namespace: 'n' } } },
      { Name: 'a', PolicyName: 'p', ParamRef: 'n/x', Age: '60m' },
    ],
    [
      `mutatingadmissionpolicybindings.${GROUP}`,
      { spec: { policyName: 'p', paramRef: { name: 'x' } } },
      { ParamRef: '*/x' },
    ],
    [
      `mutatingadmissionpolicybindings.${GROUP}`,
      {
        spec: {
          paramRef: {
            selector: {
              matchLabels: { b: 'c', a: 'b' },
              matchExpressions: [{ key: 'k', operator: 'In', values: ['x', 'y'] }],
            },
          },
        },
      },
      {
        ParamRef:
          '&LabelSelector{MatchLabels:map[string]string{a: b,b: c,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:k,Operator:In,Values:[x y],},},}',
      },
    ],
    [`mutatingadmissionpolicybindings.${GROUP}`, { spec: {} }, { ParamRef: '<unset>' }],
  ])('%s', (resource, object, want) => {
    expect(printed(resource, object)).toMatchObject(want);
  });
});
