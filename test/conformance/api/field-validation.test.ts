import { expect, it } from 'vitest';
import { call, statusOf } from '../../workerd/api.ts';
import {
  createAt,
  DEFINITIONS_PATH,
  established,
  widgetDefinition,
} from '../../workerd/definitions.ts';
import { freshCluster } from '../../workerd/stores.ts';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments?fieldValidation=Strict';
const GROUP = 'valid.example.com';
const WIDGETS = `/apis/${GROUP}/v1/namespaces/default/widgets`;

const deployment = (metadata: string, spec: string) => `{
  "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"${metadata}},
  "spec": {${spec} "selector": {"matchLabels": {"app": "a"}},
    "template": {"metadata": {"labels": {"app": "a"}},
      "spec": {"containers": [{"name": "c", "image": "i", "unknownNested": "x", "imagePullPolicy": "Always", "imagePullPolicy": "Never"}]}}}}`;

const messageOf = async (response: Response) => (await statusOf(response)).message ?? '';

/** A CRD with the schema, served. */
async function clusterWith(openAPIV3Schema: object): Promise<string> {
  const cluster = freshCluster();
  await createAt(
    cluster,
    DEFINITIONS_PATH,
    widgetDefinition(GROUP, {}, { schema: { openAPIV3Schema } }),
  );
  await established(cluster, `widgets.${GROUP}`);
  return cluster;
}

const applyStrictly = (cluster: string, body: string) =>
  call(cluster, 'PATCH', `${WIDGETS}/a?fieldManager=test&fieldValidation=Strict`, {
    headers: { 'Content-Type': 'application/apply-patch+yaml' },
    body,
  });

const SCHEMA = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        foo: { type: 'string', pattern: '^[a-z]+$' },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
          items: {
            type: 'object',
            required: ['containerPort', 'protocol'],
            properties: {
              containerPort: { type: 'integer' },
              protocol: { type: 'string' },
              hostIP: { type: 'string' },
            },
          },
        },
      },
    },
  },
};
const OPEN = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const VALID = `apiVersion: ${GROUP}/v1
kind: Widget
metadata: {name: a}
spec:
  foo: foo
  ports: [{containerPort: 8080, protocol: TCP, hostIP: 127.0.0.1}]
`;

it('[sig-api-machinery] FieldValidation should detect unknown and duplicate fields of a typed object [Conformance]', async () => {
  const cluster = freshCluster();
  const body = deployment('', '"unknownField": "x", "paused": true, "paused": false,');
  const message = await messageOf(await call(cluster, 'POST', DEPLOYMENTS, { body }));
  expect(message).toContain('strict decoding error: ');
  for (const problem of [
    'unknown field "spec.template.spec.containers[0].unknownNested"',
    'duplicate field "spec.template.spec.containers[0].imagePullPolicy"',
    'unknown field "spec.unknownField"',
    'duplicate field "spec.paused"',
  ]) {
    expect(message).toContain(problem);
  }
});

it('[sig-api-machinery] FieldValidation should detect unknown metadata fields of a typed object [Conformance]', async () => {
  const body = deployment(', "unknownMeta": "x"', '').replace('"unknownNested": "x",', '');
  const message = await messageOf(await call(freshCluster(), 'POST', DEPLOYMENTS, { body }));
  expect(message).toContain('unknown field "metadata.unknownMeta"');
});

it('[sig-api-machinery] FieldValidation should create/apply a valid CR for CRD with validation schema [Conformance]', async () => {
  const cluster = await clusterWith(SCHEMA);
  expect((await applyStrictly(cluster, VALID)).status).toBe(201);
});

it('[sig-api-machinery] FieldValidation should create/apply an invalid CR with extra properties for CRD with validation schema [Conformance]', async () => {
  const cluster = await clusterWith(SCHEMA);
  const message = await messageOf(await applyStrictly(cluster, `${VALID}unknownField: x\n`));
  expect(message).toContain('.unknownField: field not declared in schema');
});

it('[sig-api-machinery] FieldValidation should create/apply a CR with unknown fields for CRD with no validation schema [Conformance]', async () => {
  const cluster = await clusterWith(OPEN);
  const response = await applyStrictly(cluster, `${VALID}unknownField: x\n`);
  expect(await response.json()).toMatchObject({ unknownField: 'x', spec: { foo: 'foo' } });
});

it('[sig-api-machinery] FieldValidation should detect duplicates in a CR when preserving unknown fields [Conformance]', async () => {
  const cluster = await clusterWith(OPEN);
  const body = `{"apiVersion":"${GROUP}/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"foo":"a","foo":"b"}}`;
  const message = await messageOf(
    await call(cluster, 'POST', `${WIDGETS}?fieldValidation=Strict`, { body }),
  );
  expect(message).toContain('duplicate field "spec.foo"');
});

it('[sig-api-machinery] FieldValidation should detect unknown metadata fields in both the root and embedded object of a CR [Conformance]', async () => {
  const cluster = await clusterWith({
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          template: {
            type: 'object',
            'x-kubernetes-embedded-resource': true,
            'x-kubernetes-preserve-unknown-fields': true,
            properties: { metadata: { type: 'object' } },
          },
        },
      },
    },
  });
  const body = {
    apiVersion: `${GROUP}/v1`,
    kind: 'Widget',
    metadata: { name: 'a', unknownMeta: 'x' },
    spec: {
      template: {
        apiVersion: 'foo/v1',
        kind: 'Sub',
        metadata: { name: 'sub', unknownSubMeta: 'x', namespace: 'my-ns' },
      },
    },
  };
  const message = await messageOf(
    await call(cluster, 'POST', `${WIDGETS}?fieldValidation=Strict`, { body }),
  );
  expect(message).toContain('unknown field "metadata.unknownMeta"');
  expect(message).toContain('unknown field "spec.template.metadata.unknownSubMeta"');
});
