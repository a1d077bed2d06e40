import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { StatusError, type Status } from '../../../../apimachinery/status-error.ts';
import { admit } from '../chain.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { configMap, newAttributes, resourceInfo } from '../testing/fake-attributes.ts';
import { FakeContext, type FakeContextOptions } from '../testing/fake-context.ts';
import { binding, CONFIG_MAP_RULES, policy } from '../testing/fake-policies.ts';
import { newMutatingPolicyPlugin } from './mutating-policy.ts';

const POLICIES = 'mutatingadmissionpolicies.admissionregistration.k8s.io';
const BINDINGS = 'mutatingadmissionpolicybindings.admissionregistration.k8s.io';
const MAPS = resourceInfo('configmaps');
const ANYTHING = {
  resourceRules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }],
};

const apply = (expression: string) => ({
  patchType: 'ApplyConfiguration',
  applyConfiguration: { expression },
});
const patch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } });

const mutating = (mutations: object[], spec: object = {}, name = 'p') =>
  policy(name, { reinvocationPolicy: 'Never', mutations, ...spec });

interface World extends FakeContextOptions {
  readonly bindings?: readonly KubernetesObject[];
  readonly others?: readonly AdmissionPlugin[];
}

function run(
  policies: readonly KubernetesObject[],
  attributes: AdmissionAttributes = newAttributes(MAPS, configMap()),
  { bindings, others = [], objects, ...options }: World = {},
): { attributes: AdmissionAttributes; object: KubernetesObject | null; status?: Status } {
  const bound =
    bindings ?? policies.map(({ metadata: { name = '' } }) => binding(`b-${name}`, name));
  const context = new FakeContext({
    ...options,
    objects: { [POLICIES]: policies, [BINDINGS]: bound, ...objects },
  });
  try {
    admit([newMutatingPolicyPlugin(), ...others], attributes, context);
    return { attributes, object: attributes.object };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return { attributes, object: attributes.object, status: error.status };
  }
}

const dataOf = (policies: readonly KubernetesObject[], world: World = {}) =>
  run(policies, undefined, world).object?.['data'];

const podOf = (spec: object): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', namespace: 'default' },
  spec: { containers: [{ name: 'a', image: 'a' }], ...spec },
});

describe('MutatingAdmissionPolicy', () => {
  it('merges a configuration into the object', () => {
    const { object } = run(
      [
        mutating(
          [
            apply(
              'Object{metadata: Object.metadata{labels: {"x": "1"}}, spec: Object.spec{containers: [Object.spec.containers{name: "a", env: [Object.spec.containers.env{name: "E", value: "1"}]}, Object.spec.containers{name: "b", image: "b"}]}}',
            ),
          ],
          { matchConstraints: ANYTHING },
        ),
      ],
      newAttributes(resourceInfo('pods'), podOf({ hostNetwork: true })),
    );
    expect(object).toMatchObject({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a', labels: { x: '1' } },
      spec: {
        hostNetwork: true,
        containers: [
          { name: 'a', image: 'a', env: [{ name: 'E', value: '1' }] },
          { name: 'b', image: 'b', imagePullPolicy: 'Always' },
        ],
      },
    });
  });

  it('applies a JSON patch', () => {
    const expression =
      '[JSONPatch{op: "add", path: "/metadata/labels", value: {}}, JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("a/b"), value: "c"}, JSONPatch{op: "copy", from: "/metadata/name", path: "/data/name"}]';
    const { object } = run([mutating([patch(expression)])]);
    expect(object).toMatchObject({ metadata: { labels: { 'a/b': 'c' } }, data: { name: 'a' } });
  });

  it('takes objects for values of a JSON patch, and numbers as they are', () => {
    const expression =
      '[JSONPatch{op: "add", path: "/spec/securityContext", value: Object{runAsUser: 1000, runAsNonRoot: true}}]';
    const { object } = run(
      [mutating([patch(expression)], { matchConstraints: ANYTHING })],
      newAttributes(resourceInfo('pods'), podOf({})),
    );
    expect(object).toMatchObject({
      spec: { securityContext: { runAsUser: 1000, runAsNonRoot: true } },
    });
  });

  it('leaves the object alone where a test of the patch does not hold', () => {
    const policies = [
      mutating([
        patch(
          '[JSONPatch{op: "test", path: "/data", value: {"x": "1"}}, JSONPatch{op: "remove", path: "/data"}]',
        ),
      ]),
    ];
    const { object, status } = run(policies, newAttributes(MAPS, configMap({ y: '1' })));
    expect(status).toBeUndefined();
    expect(object).toEqual(configMap({ y: '1' }));
  });

  it('evaluates mutations one after the other, and policies by their names', () => {
    const append = (letter: string) =>
      patch(
        `[JSONPatch{op: "add", path: "/data/x", value: (has(object.data.x) ? object.data.x : "") + "${letter}"}]`,
      );
    const policies = [
      mutating([append('c')], {}, 'z'),
      mutating([append('a'), append('b')], {}, 'a'),
    ];
    expect(dataOf(policies)).toEqual({ x: 'abc' });
  });

  it('sees variables, parameters and permissions', () => {
    const mutations = [
      patch(
        '[JSONPatch{op: "add", path: "/data/x", value: variables.n + params.data.p + string(authorizer.requestResource.check("get").allowed())}]',
      ),
    ];
    const spec = {
      variables: [{ name: 'n', expression: 'object.metadata.name' }],
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    };
    const world = {
      bindings: [binding('b', 'p', { paramRef: { name: 'q' } })],
      objects: { configmaps: [configMap({ p: '-' }, { name: 'q' })] },
    };
    expect(dataOf([mutating(mutations, spec)], world)).toEqual({ x: 'a-false' });
  });

  it('is evaluated once for each of its parameters', () => {
    const mutations = [
      patch('[JSONPatch{op: "add", path: "/data/" + params.metadata.name, value: "1"}]'),
    ];
    const world = {
      bindings: [binding('b', 'p', { paramRef: { selector: {} } })],
      objects: { configmaps: [configMap({}, { name: 'x' }), configMap({}, { name: 'y' })] },
    };
    const spec = { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } };
    expect(dataOf([mutating(mutations, spec)], world)).toEqual({ x: '1', y: '1' });
  });

  it('changes only what meets its match conditions', () => {
    const on = (expression: string) =>
      mutating([patch('[JSONPatch{op: "add", path: "/data/x", value: "1"}]')], {
        matchConditions: [{ name: 'c', expression }],
      });
    expect(dataOf([on('false')])).toEqual({});
    expect(dataOf([on('true')])).toEqual({ x: '1' });
  });

  it('has nothing to do where an object is deleted, or is a policy', () => {
    const plugin = newMutatingPolicyPlugin();
    const deletion = newAttributes(MAPS, null, { operation: 'DELETE', oldObject: configMap() });
    expect(plugin.handles(deletion)).toBe(false);
    const info = resourceInfo(POLICIES);
    expect(plugin.handles(newAttributes(info, { metadata: { name: 'a' } }))).toBe(false);
  });

  it('changes what the rules name in another version', () => {
    const info = resourceInfo('horizontalpodautoscalers.autoscaling');
    const resourceRules = [
      { operations: ['*'], apiGroups: ['*'], apiVersions: ['v1'], resources: ['*'] },
    ];
    const { object } = run(
      [
        mutating([apply('Object{spec: Object.spec{targetCPUUtilizationPercentage: 60}}')], {
          matchConstraints: { resourceRules, matchPolicy: 'Equivalent' },
        }),
      ],
      newAttributes(info, {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'a', namespace: 'default' },
        spec: {
          maxReplicas: 3,
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' },
        },
      }),
    );
    expect(object).toMatchObject({
      apiVersion: 'autoscaling/v2',
      spec: { metrics: [{ resource: { target: { averageUtilization: 60 } } }] },
    });
  });

  it('changes a subresource that has a kind of its own', () => {
    const scale = {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'a', namespace: 'default' },
      spec: { replicas: 3 },
    };
    const attributes = newAttributes(resourceInfo('deployments.apps'), scale, {
      subresource: 'scale',
      operation: 'UPDATE',
      oldObject: scale,
    });
    const expression = 'Object{spec: Object.spec{replicas: object.spec.replicas + 1}}';
    const { object } = run(
      [mutating([apply(expression)], { matchConstraints: ANYTHING })],
      attributes,
    );
    expect(object).toMatchObject({ kind: 'Scale', spec: { replicas: 4 } });
  });

  describe('refuses', () => {
    const pod = (...mutations: object[]) =>
      run(
        [mutating(mutations, { matchConstraints: ANYTHING })],
        newAttributes(resourceInfo('pods'), podOf({})),
      ).status;
    const by = (why: string) => `policy 'p' with binding 'b-p' denied request: ${why}`;

    it('with a status that has every fault for a cause', () => {
      const status = pod(apply('Object{spec: Object.wrong{}}'), apply('Object{a: object.x}'));
      expect(status).toMatchObject({
        reason: 'Invalid',
        code: 403,
        message: by(
          'type mismatch: unexpected type name "Object.wrong", expected "Object.spec", which matches field name path from root Object type',
        ),
        details: { name: 'a', kind: 'pods' },
      });
      expect(status?.details?.causes).toHaveLength(2);
    });

    it.each([
      [
        'Object{spec: Object.spec{nonsense: 1}}',
        'error applying patch: failed to convert patch object to typed object: .spec.nonsense: field not declared in schema',
      ],
      [
        'Object{spec: Object.spec{hostNetwork: "yes"}}',
        'error applying patch: failed to convert patch object to typed object: .spec.hostNetwork: expected boolean, got &{yes}',
      ],
      [
        'Object{spec: Object.spec{containers: [Object.spec.containers{name: "a", args: ["x"]}]}}',
        'error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.containers[0].args',
      ],
      ['Object{spec: Object.spec{a: object.x}}', 'no such key: x'],
      ['object', 'must evaluate to Object but got dyn'],
    ])('the configuration %s', (expression, want) => {
      expect(pod(apply(expression))?.message).toContain(want);
    });

    it('a patch that does not fit', () => {
      expect(pod(patch('[JSONPatch{op: "remove", path: "/spec/x"}]'))?.message).toMatch(
        /denied request: JSONPath: .*nonexistent key: x/,
      );
    });

    it('nothing where failures are ignored', () => {
      const policies = [
        mutating(
          [
            apply('Object{nonsense: 1}'),
            patch('[JSONPatch{op: "add", path: "/data/x", value: "1"}]'),
          ],
          {
            failurePolicy: 'Ignore',
          },
        ),
      ];
      expect(run(policies)).toMatchObject({ object: { data: { x: '1' } } });
    });

    it('a result with unknown fields, whatever the failure policy is', () => {
      const { status } = run([
        mutating([patch('[JSONPatch{op: "add", path: "/nonsense", value: 1}]')], {
          failurePolicy: 'Ignore',
        }),
      ]);
      expect(status).toMatchObject({
        reason: 'InternalError',
        message: 'Internal error occurred: strict decoding error: unknown field "nonsense"',
      });
    });

    it('a result of the wrong type, whatever the failure policy is', () => {
      const { status } = run([
        mutating([patch('[JSONPatch{op: "add", path: "/data", value: "x"}]')], {
          failurePolicy: 'Ignore',
        }),
      ]);
      expect(status?.message).toMatch(/^Internal error occurred: json: cannot unmarshal string/);
    });

    it('parameters of a kind that there is not', () => {
      const { status } = run([
        mutating([apply('Object{}')], { paramKind: { apiVersion: 'x.io/v1', kind: 'X' } }),
      ]);
      expect(status).toMatchObject({
        reason: 'Forbidden',
        code: 403,
        message: `policy "p" denied request: failed to configure policy: failed to find resource referenced by paramKind: 'x.io/v1, Kind=X'`,
      });
    });
  });

  describe('in the second round', () => {
    const count = (key: string) =>
      patch(
        `[JSONPatch{op: "add", path: "/data/${key}", value: (has(object.data.${key}) ? object.data.${key} : "") + "1"}]`,
      );

    it('evaluates those again that want it, even the one that made the last change', () => {
      const policies = [
        mutating([count('a')], { reinvocationPolicy: 'IfNeeded' }, 'a'),
        mutating([count('b')], {}, 'b'),
        mutating([count('c')], { reinvocationPolicy: 'IfNeeded' }, 'c'),
      ];
      expect(dataOf(policies)).toEqual({ a: '11', b: '1', c: '11' });
      expect(dataOf(policies.slice(0, 1))).toEqual({ a: '11' });
    });

    it('evaluates none for the first time', () => {
      const other: AdmissionPlugin = {
        name: 'Other',
        handles: () => true,
        admit({ object }) {
          if (object !== null) object.metadata.labels = { other: '1' };
          return true;
        },
      };
      const labelled = { objectSelector: { matchLabels: { other: '1' } } };
      const policies = [
        mutating([count('a')], {
          reinvocationPolicy: 'IfNeeded',
          matchConstraints: { resourceRules: CONFIG_MAP_RULES, ...labelled },
        }),
      ];
      expect(dataOf(policies, { others: [other] })).toEqual({});
    });
  });
});
