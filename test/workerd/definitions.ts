import { call, statusOf } from './api.ts';

export const DEFINITIONS_PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** A CustomResourceDefinition of `widgets.<group>`. */
export const widgetDefinition = (group: string, spec: object = {}, version: object = {}) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        },
        ...version,
      },
    ],
    ...spec,
  },
});

export const widget = (group: string, name: string, metadata: object = {}) => ({
  apiVersion: `${group}/v1`,
  kind: 'Widget',
  metadata: { name, ...metadata },
  spec: { size: 1 },
});

/** Creates an object and returns it as it is answered. */
export async function createAt<T>(cluster: string, path: string, body: object): Promise<T> {
  const response = await call(cluster, 'POST', path, { body });
  if (!response.ok) throw new Error(JSON.stringify(await statusOf(response)));
  return response.json<T>();
}
