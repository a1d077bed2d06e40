import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { APIWatch, call, statusOf } from './api.ts';

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

/** Waits until what a definition defines is served: a watch tells, no clock. */
export async function established(cluster: string, name: string): Promise<void> {
  const selector = `fieldSelector=metadata.name%3D${name}`;
  const watch = await APIWatch.open(cluster, `${DEFINITIONS_PATH}?watch=1&${selector}`);
  for (;;) {
    const frame = await watch.next();
    if (frame === null) throw new Error('the watch ended');
    const { status } = frame.object as KubernetesObject & {
      status?: { conditions?: { type: string; status: string }[] };
    };
    const isEstablished = status?.conditions?.some(
      (condition) => condition.type === 'Established' && condition.status === 'True',
    );
    if (isEstablished === true) break;
  }
  await watch.close();
}
