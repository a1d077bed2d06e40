import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { call, statusOf } from '../../workerd/api.ts';
import { createAt } from '../../workerd/definitions.ts';
import { enforce } from '../../workerd/policy.ts';
import { freshCluster } from '../../workerd/stores.ts';
import { REGISTRATION } from '../../workerd/webhooks.ts';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const MUTATING = `${REGISTRATION}/mutatingadmissionpolicies`;
const VALIDATING = `${REGISTRATION}/validatingadmissionpolicies`;

const deployment = (name: string, replicas: number) => ({
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    },
  },
});

const policy = (spec: object) => ({
  metadata: { name: 'policy.example.com' },
  spec: {
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: ['apps'],
          apiVersions: ['v1'],
          operations: ['CREATE'],
          resources: ['deployments'],
        },
      ],
    },
    ...spec,
  },
});

const binding = (spec: object = {}) => ({
  metadata: { name: 'binding.example.com' },
  spec: { policyName: 'policy.example.com', ...spec },
});

async function validateBy(cluster: string, spec: object): Promise<void> {
  await enforce(cluster, VALIDATING, policy(spec));
  await enforce(
    cluster,
    `${REGISTRATION}/validatingadmissionpolicybindings`,
    binding({ validationActions: ['Deny'] }),
  );
}

async function mutateBy(cluster: string, ...mutations: object[]): Promise<void> {
  await enforce(cluster, MUTATING, policy({ reinvocationPolicy: 'Never', mutations }));
  await enforce(cluster, `${REGISTRATION}/mutatingadmissionpolicybindings`, binding());
}

const make = (cluster: string, name: string, replicas: number) =>
  createAt<KubernetesObject>(cluster, DEPLOYMENTS, deployment(name, replicas));
const refusal = async (cluster: string, body: object) =>
  statusOf(await call(cluster, 'POST', DEPLOYMENTS, { body }));

describe('admission policies', () => {
  it('[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should validate against a Deployment [Conformance]', async () => {
    const cluster = freshCluster();
    await validateBy(cluster, {
      validations: [
        {
          expression: 'object.spec.replicas > 1',
          messageExpression: "'wants replicas > 1, got ' + string(object.spec.replicas)",
        },
        { expression: "namespaceObject.metadata.name == 'default'", message: 'wrong namespace' },
      ],
    });
    await make(cluster, 'replicated', 2);
    expect(await refusal(cluster, deployment('single', 1))).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message:
        "deployments.apps \"single\" is forbidden: ValidatingAdmissionPolicy 'policy.example.com' with binding 'binding.example.com' denied request: wants replicas > 1, got 1",
    });
  });

  it('[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should allow expressions to refer variables. [Conformance]', async () => {
    const cluster = freshCluster();
    await validateBy(cluster, {
      variables: [
        { name: 'replicas', expression: 'object.spec.replicas' },
        { name: 'oddReplicas', expression: 'variables.replicas % 2 == 1' },
      ],
      validations: [
        { expression: 'variables.replicas > 1' },
        { expression: 'variables.oddReplicas' },
      ],
    });
    await make(cluster, 'odd', 3);
    for (const [replicas, failed] of [
      [1, 'variables.replicas > 1'],
      [4, 'variables.oddReplicas'],
    ] as const) {
      const { message } = await refusal(cluster, deployment('refused', replicas));
      expect(message).toContain(`failed expression: ${failed}`);
    }
  });

  it('[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should mutate a Deployment [Conformance]', async () => {
    const cluster = freshCluster();
    await mutateBy(cluster, {
      patchType: 'ApplyConfiguration',
      applyConfiguration: {
        expression: 'Object{spec: Object.spec{replicas: object.spec.replicas + 10}}',
      },
    });
    expect(await make(cluster, 'a', 2)).toMatchObject({
      spec: { replicas: 12, selector: { matchLabels: { app: 'a' } } },
    });
  });

  it('[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should mutate a Deployment with annotations [Conformance]', async () => {
    const cluster = freshCluster();
    await mutateBy(
      cluster,
      {
        patchType: 'ApplyConfiguration',
        applyConfiguration: {
          expression:
            'Object{metadata: Object.metadata{annotations: {"my-foo-annotation": "bar"}}}',
        },
      },
      {
        patchType: 'JSONPatch',
        jsonPatch: {
          expression:
            '[JSONPatch{op: "add", path: "/metadata/annotations/" + jsonpatch.escapeKey("example.com/second"), value: "two"}]',
        },
      },
    );
    const made = await make(cluster, 'a', 1);
    expect(made.metadata.annotations).toMatchObject({
      'my-foo-annotation': 'bar',
      'example.com/second': 'two',
    });
  });
});
