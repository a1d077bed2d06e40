import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { APIWatch, call, list, statusOf } from '../../test/workerd/api.ts';
import {
  createAt,
  DEFINITIONS_PATH,
  widget,
  widgetDefinition,
} from '../../test/workerd/definitions.ts';
import { createNamespace, freshCluster } from '../../test/workerd/stores.ts';

interface Definition extends KubernetesObject {
  status: {
    acceptedNames: object;
    conditions: { type: string; status: string; reason: string; message: string }[] | null;
    storedVersions: string[];
  };
}

const GROUP = 'shop.example.com';
const WIDGETS = `/apis/${GROUP}/v1/namespaces/default/widgets`;
const ALL_WIDGETS = `/apis/${GROUP}/v1/widgets`;

/** The definition once a condition holds: a watch tells, no clock. */
async function definitionWhen(
  cluster: string,
  name: string,
  holds: (definition: Definition) => boolean,
): Promise<Definition> {
  const watch = await APIWatch.open(
    cluster,
    `${DEFINITIONS_PATH}?watch=1&fieldSelector=metadata.name%3D${name}`,
  );
  for (;;) {
    const frame = await watch.next();
    if (frame === null) throw new Error('the watch ended');
    const definition = frame.object as Definition;
    if (!holds(definition)) continue;
    await watch.close();
    return definition;
  }
}

const isEstablished = ({ status }: Definition): boolean =>
  status.conditions?.some(
    ({ type, status: value }) => type === 'Established' && value === 'True',
  ) === true;

async function clusterWithWidgets(spec: object = {}): Promise<string> {
  const cluster = freshCluster();
  const made = await createAt<Definition>(cluster, DEFINITIONS_PATH, widgetDefinition(GROUP, spec));
  await definitionWhen(cluster, made.metadata.name ?? '', isEstablished);
  return cluster;
}

describe('a CustomResourceDefinition', () => {
  it('CRD-1: is established with its names, and served from then on', async () => {
    const cluster = await clusterWithWidgets();
    const { status } = await definitionWhen(cluster, `widgets.${GROUP}`, isEstablished);
    expect(status).toMatchObject({
      acceptedNames: {
        plural: 'widgets',
        singular: 'widget',
        kind: 'Widget',
        listKind: 'WidgetList',
        shortNames: ['wd'],
      },
      storedVersions: ['v1'],
      conditions: [
        { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts' },
        { type: 'Established', status: 'True', reason: 'InitialNamesAccepted' },
      ],
    });
    const made = await createAt<KubernetesObject>(cluster, WIDGETS, widget(GROUP, 'a'));
    expect(made).toMatchObject({ metadata: { generation: 1 }, spec: { size: 1 } });
    const { kind, items } = await list(cluster, WIDGETS);
    expect({ kind, names: items.map((o) => o.metadata.name) }).toEqual({
      kind: 'WidgetList',
      names: ['a'],
    });
  });

  it('CRD-2: is in discovery at once', async () => {
    const cluster = await clusterWithWidgets();
    const legacy = await call(cluster, 'GET', `/apis/${GROUP}/v1`);
    expect(await legacy.json()).toMatchObject({
      resources: [{ name: 'widgets', kind: 'Widget', shortNames: ['wd'], namespaced: true }],
    });
    const Accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const aggregated = await call(cluster, 'GET', '/apis', { headers: { Accept } });
    expect(await aggregated.text()).toContain('"singularResource":"widget"');
  });

  it('CRD-3: whose names are taken in its group is not served until they are free', async () => {
    const cluster = await clusterWithWidgets();
    const rival = widgetDefinition(GROUP, {
      names: { plural: 'gadgets', kind: 'Widget', listKind: 'GadgetList' },
    });
    rival.metadata.name = `gadgets.${GROUP}`;
    await createAt(cluster, DEFINITIONS_PATH, rival);
    const { status } = await definitionWhen(cluster, rival.metadata.name, ({ status: s }) =>
      Boolean(s.conditions?.some(({ type }) => type === 'NamesAccepted')),
    );
    expect(status.conditions).toMatchObject([
      {
        type: 'NamesAccepted',
        status: 'False',
        reason: 'KindConflict',
        message: '"Widget" is already in use',
      },
      { type: 'Established', status: 'False', reason: 'NotAccepted' },
    ]);
    expect((await call(cluster, 'GET', `/apis/${GROUP}/v1/gadgets`)).status).toBe(404);
    await call(cluster, 'DELETE', `${DEFINITIONS_PATH}/widgets.${GROUP}`);
    await definitionWhen(cluster, rival.metadata.name, isEstablished);
    expect((await call(cluster, 'GET', `/apis/${GROUP}/v1/gadgets`)).status).toBe(200);
  });

  it('CRD-4: takes its instances along, and waits for their finalizers', async () => {
    const cluster = await clusterWithWidgets();
    await createNamespace(cluster, 'other');
    await createAt(cluster, WIDGETS, widget(GROUP, 'free'));
    const held = widget(GROUP, 'held', { finalizers: ['example.com/hold'] });
    const path = `/apis/${GROUP}/v1/namespaces/other/widgets`;
    await createAt(cluster, path, held);
    const watch = await APIWatch.open(cluster, `${ALL_WIDGETS}?watch=1`);
    await watch.take(2);
    const name = `widgets.${GROUP}`;
    await call(cluster, 'DELETE', `${DEFINITIONS_PATH}/${name}`);
    const ends = await watch.take(2);
    expect(new Set(ends.map((f) => `${f.type} ${f.object.metadata.name}`))).toEqual(
      new Set(['DELETED free', 'MODIFIED held']),
    );
    const refused = await call(cluster, 'POST', path, { body: widget(GROUP, 'late') });
    expect(await statusOf(refused)).toMatchObject({
      code: 405,
      message: 'create not allowed while custom resource definition is terminating',
    });
    const definitions = await APIWatch.open(
      cluster,
      `${DEFINITIONS_PATH}?watch=1&fieldSelector=metadata.name%3D${name}`,
    );
    await call(cluster, 'PATCH', `${path}/held`, {
      headers: { 'Content-Type': 'application/merge-patch+json' },
      body: { metadata: { finalizers: null } },
    });
    let frame = await definitions.next();
    while (frame?.type !== 'DELETED') frame = await definitions.next();
    expect((await call(cluster, 'GET', `/apis/${GROUP}/v1`)).status).toBe(404);
    await definitions.close();
    await watch.close();
  });
});
