import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { StatusError } from '../../../../apimachinery/status-error.ts';
import type { AdmissionAttributes } from '../plugin.ts';
import { configMap, newAttributes, resourceInfo } from '../testing/fake-attributes.ts';
import { FakeContext, type FakeContextOptions } from '../testing/fake-context.ts';
import { binding, policy } from '../testing/fake-policies.ts';
import { newValidatingPolicyPlugin } from './validating-policy.ts';

const POLICIES = 'validatingadmissionpolicies.admissionregistration.k8s.io';
const BINDINGS = 'validatingadmissionpolicybindings.admissionregistration.k8s.io';
const MAPS = resourceInfo('configmaps');
const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' };
const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace' };
const CLASS = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' };

const everything = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }];

/** What a policy has to say about what it was given for `params`: their names, one after the other. */
function run(
  paramKind: object | undefined,
  paramRef: object | undefined,
  options: FakeContextOptions = {},
  attributes: AdmissionAttributes = newAttributes(MAPS, configMap()),
) {
  const named = policy('p', {
    ...(paramKind === undefined ? {} : { paramKind }),
    matchConstraints: { resourceRules: everything },
    validations: [
      {
        expression: 'false',
        messageExpression:
          paramKind === undefined
            ? '"none"'
            : 'params == null ? "null" : string(params.metadata.name)',
      },
    ],
  });
  const warning = binding('b', 'p', {
    validationActions: ['Warn'],
    ...(paramRef === undefined ? {} : { paramRef }),
  });
  const context = new FakeContext({
    ...options,
    objects: { [POLICIES]: [named], [BINDINGS]: [warning], ...options.objects },
  });
  let message: string | undefined;
  try {
    newValidatingPolicyPlugin().validate?.(attributes, context);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    message = error.message.replace(/^.*denied request: /, '');
  }
  const params = attributes.warnings.map((text) => text.replace(/^.*: /, ''));
  return { params, message, asked: context.asked };
}

const objects = (...names: string[]): KubernetesObject[] =>
  names.map((name) => configMap({}, { name, labels: { of: name } }));
const none = () => [];

describe('the parameters of a policy', () => {
  it('are none where the policy takes none, or the binding gives none', () => {
    expect(run(undefined, { name: 'x' }).params).toEqual(['none']);
    expect(run(CONFIG_MAP, undefined).params).toEqual(['null']);
  });

  it('are read in the namespace of the request', () => {
    const here = { objects: { configmaps: objects('y', 'x') } };
    expect(run(CONFIG_MAP, { name: 'x' }, here)).toMatchObject({ params: ['x'], asked: [] });
    expect(run(CONFIG_MAP, { name: 'x', namespace: 'default' }, here).params).toEqual(['x']);
    expect(run(CONFIG_MAP, { selector: {} }, here).params).toEqual(['x', 'y']);
    const selector = { matchLabels: { of: 'y' } };
    expect(run(CONFIG_MAP, { selector }, here)).toMatchObject({ params: ['y'], asked: [] });
  });

  it('are asked for in another namespace', () => {
    const answer = () => objects('z');
    const named = run(CONFIG_MAP, { name: 'z', namespace: 'other' }, { answer });
    expect(named.params).toEqual(['z']);
    const question = { kind: 'objects', namespace: 'other', resource: 'configmaps' };
    expect(named.asked).toEqual([[{ ...question, name: 'z' }]]);
    const selector = { matchLabels: { of: 'z' } };
    const selected = run(CONFIG_MAP, { selector, namespace: 'other' }, { answer });
    expect(selected.asked).toEqual([[{ ...question, labelSelector: 'of=z' }]]);
    const all = run(CONFIG_MAP, { selector: {}, namespace: 'other' }, { answer });
    expect(all.asked).toEqual([[question]]);
  });

  it('are asked for in the cluster, unless they are copied to every store', () => {
    const asked = run(NAMESPACE, { name: 'z' }, { answer: () => objects('z') });
    expect(asked.asked).toEqual([
      [{ kind: 'objects', namespace: '', resource: 'namespaces', name: 'z' }],
    ]);
    const here = { objects: { 'storageclasses.storage.k8s.io': objects('z') } };
    expect(run(CLASS, { name: 'z' }, here)).toMatchObject({ params: ['z'], asked: [] });
  });

  it('of all policies are asked for at once', () => {
    const kinds = [CONFIG_MAP, NAMESPACE];
    const policies = kinds.map((paramKind, i) =>
      policy(`p${i}`, { paramKind, validations: [{ expression: 'params.metadata.name == "z"' }] }),
    );
    const context = new FakeContext({
      objects: {
        [POLICIES]: policies,
        [BINDINGS]: [
          binding('a', 'p0', { paramRef: { name: 'z', namespace: 'other' } }),
          binding('b', 'p1', { paramRef: { name: 'z' } }),
        ],
      },
      answer: () => objects('z'),
    });
    newValidatingPolicyPlugin().validate?.(newAttributes(MAPS, configMap()), context);
    expect(context.asked.map((each) => each.length)).toEqual([2]);
  });

  it.each([
    ['Allow', undefined],
    [
      'Deny',
      'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
    ],
  ])('that are not found %s the request', (parameterNotFoundAction, want) => {
    const ref = { name: 'x', parameterNotFoundAction };
    expect(run(CONFIG_MAP, ref)).toMatchObject({ params: [], message: want });
    const other = { ...ref, namespace: 'other' };
    expect(run(CONFIG_MAP, other, { answer: none })).toMatchObject({ params: [], message: want });
    const selector = { selector: {}, parameterNotFoundAction };
    expect(run(CONFIG_MAP, selector).message).toBe(want);
  });

  it.each<[string, object, object, string]>([
    [
      'of a kind that there is not',
      { apiVersion: 'example.com/v1', kind: 'Widget' },
      { name: 'x' },
      "failed to configure policy: failed to find resource referenced by paramKind: 'example.com/v1, Kind=Widget'",
    ],
    [
      'of a version that there is not',
      { apiVersion: 'v2', kind: 'ConfigMap' },
      { name: 'x' },
      "failed to configure policy: failed to find resource referenced by paramKind: '/v2, Kind=ConfigMap'",
    ],
    [
      'in a namespace that cannot be',
      NAMESPACE,
      { name: 'x', namespace: 'other' },
      'failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`',
    ],
  ])('%s refuse the request', (_, kind, ref, want) => {
    expect(run(kind, ref).message).toBe(want);
  });

  it('need a namespace where the request is in none', () => {
    const attributes = newAttributes(resourceInfo('clusterroles.rbac.authorization.k8s.io'), {
      metadata: { name: 'a' },
    });
    expect(run(CONFIG_MAP, { name: 'x' }, { namespace: '' }, attributes).message).toBe(
      'failed to configure binding: cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
    );
    const named = { name: 'x', namespace: 'default' };
    const asked = run(CONFIG_MAP, named, { namespace: '', answer: () => objects('x') }, attributes);
    expect(asked.params).toEqual(['x']);
  });

  it('are shown in the version that the policy names', () => {
    const kind = { apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler' };
    const stored = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'x' },
      spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'x' } },
    };
    const context = new FakeContext({
      objects: {
        [POLICIES]: [
          policy('p', {
            paramKind: kind,
            validations: [{ expression: 'params.apiVersion == "autoscaling/v1"' }],
          }),
        ],
        [BINDINGS]: [binding('b', 'p', { paramRef: { name: 'x' } })],
        'horizontalpodautoscalers.autoscaling': [stored],
      },
    });
    newValidatingPolicyPlugin().validate?.(newAttributes(MAPS, configMap()), context);
    expect(context.asked).toEqual([]);
  });
});
