import { beforeAll, describe, expect, it } from 'vitest';
import { call, list, statusOf } from '../../test/workerd/api.ts';
import { configMap, createNamespace, freshCluster } from '../../test/workerd/stores.ts';
import { decodeProtobuf } from '../registry/protobuf/decode.ts';
import { encodeProtobuf } from '../registry/protobuf/encode.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const SENT = { 'Content-Type': PROTOBUF };
const ASKED = { Accept: `${PROTOBUF},application/json` };
const MAPS = '/api/v1/namespaces/a/configmaps';

const cluster = freshCluster();
const post = (object: Parameters<typeof encodeProtobuf>[0], headers = {}) =>
  call(cluster, 'POST', MAPS, { body: encodeProtobuf(object), headers: { ...SENT, ...headers } });
const json = async (path: string) => (await call(cluster, 'GET', path)).json<object>();

async function objectOf(response: Response) {
  expect(response.headers.get('Content-Type')).toBe(PROTOBUF);
  return decodeProtobuf(new Uint8Array(await response.arrayBuffer())).object;
}

beforeAll(async () => {
  await createNamespace(cluster, 'a');
});

describe('bodies in protobuf', () => {
  it('create what the same object in JSON would', async () => {
    const response = await post({
      ...configMap('made', { key: 'value', empty: '' }),
      binaryData: { b: 'AAE=' },
    });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({
      kind: 'ConfigMap',
      metadata: { name: 'made', namespace: 'a' },
      data: { key: 'value', empty: '' },
      binaryData: { b: 'AAE=' },
    });
  });

  it('replace objects', async () => {
    await post(configMap('replaced', { key: 'old' }));
    const body = encodeProtobuf(configMap('replaced', { key: 'new' }));
    const response = await call(cluster, 'PUT', `${MAPS}/replaced`, { body, headers: SENT });
    expect(await response.json()).toMatchObject({ data: { key: 'new' } });
  });

  it('carry the options of a delete', async () => {
    await post(configMap('deleted'));
    const options = { preconditions: { uid: 'another' } };
    const body = encodeProtobuf({ apiVersion: 'v1', kind: 'DeleteOptions', ...options });
    const response = await call(cluster, 'DELETE', `${MAPS}/deleted`, { body, headers: SENT });
    expect(await statusOf(response)).toMatchObject({ reason: 'Conflict' });
  });

  it('are refused when they are of another kind', async () => {
    const response = await post({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } });
    expect(await statusOf(response)).toMatchObject({
      code: 400,
      message: expect.stringContaining('cannot be handled as a ConfigMap'),
    });
  });

  it('are refused in encodings that nobody knows, with those that are known', async () => {
    const headers = { 'Content-Type': 'application/cbor' };
    const response = await call(cluster, 'POST', MAPS, { body: 'x', headers });
    expect(await statusOf(response)).toMatchObject({
      code: 415,
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    });
  });
});

describe('answers in protobuf', () => {
  it('hold what answers in JSON hold', async () => {
    const made = await objectOf(await post(configMap('read', { key: 'value' }), ASKED));
    expect(made).toEqual(await json(`${MAPS}/read`));
    const read = await call(cluster, 'GET', `${MAPS}/read`, { headers: ASKED });
    expect(await objectOf(read)).toEqual(made);
  });

  it('come only where the client likes them better', async () => {
    const accepts: [accept: string, type: string][] = [
      [`application/json,${PROTOBUF}`, 'application/json'],
      [`${PROTOBUF};q=0.5,application/json`, 'application/json'],
      [`application/json;q=0.5,${PROTOBUF}`, PROTOBUF],
      [`${PROTOBUF};as=Table;g=meta.k8s.io;v=v1,application/json`, 'application/json'],
      ['*/*', 'application/json'],
    ];
    for (const [accept, type] of accepts) {
      const response = await call(cluster, 'GET', MAPS, { headers: { Accept: accept } });
      expect(response.headers.get('Content-Type'), accept).toBe(type);
      await response.body?.cancel();
    }
  });

  it('hold lists, with what pages need', async () => {
    for (const name of ['l1', 'l2', 'l3']) {
      await post({ ...configMap(name), metadata: { name, labels: { app: 'list' } } });
    }
    const path = `${MAPS}?labelSelector=app%3Dlist`;
    const all = await objectOf(await call(cluster, 'GET', path, { headers: ASKED }));
    const { items, metadata } = await list(cluster, path);
    expect(all).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMapList',
      metadata: { resourceVersion: metadata.resourceVersion },
      items: items.map((item) => ({ ...item, apiVersion: undefined, kind: undefined })),
    });
    const page = await call(cluster, 'GET', `${path}&limit=2`, { headers: ASKED });
    const { metadata: pageMeta } = await objectOf(page);
    expect(pageMeta).toHaveProperty('continue');
  });

  it('hold metadata only where that was asked for', async () => {
    await post(configMap('partial', { key: 'value' }));
    const Accept = `${PROTOBUF};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`;
    const response = await call(cluster, 'GET', `${MAPS}/partial`, { headers: { Accept } });
    const { metadata } = (await json(`${MAPS}/partial`)) as { metadata: object };
    expect(await objectOf(response)).toEqual({
      apiVersion: 'meta.k8s.io/v1',
      kind: 'PartialObjectMetadata',
      metadata,
    });
  });

  it('tell failures too', async () => {
    const response = await call(cluster, 'GET', `${MAPS}/none`, { headers: ASKED });
    expect(response.status).toBe(404);
    expect(await objectOf(response)).toMatchObject({
      kind: 'Status',
      status: 'Failure',
      message: 'configmaps "none" not found',
      reason: 'NotFound',
      details: { name: 'none', kind: 'configmaps' },
      code: 404,
    });
  });

  it('frame the events of a watch', async () => {
    await post(configMap('watched', { key: 'value' }));
    const path = `${MAPS}?watch=true&fieldSelector=metadata.name%3Dwatched`;
    const response = await call(cluster, 'GET', path, { headers: ASKED });
    expect(response.headers.get('Content-Type')).toBe(`${PROTOBUF};stream=watch`);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const { value: frame = new Uint8Array() } = await reader.read();
    await reader.cancel();
    expect(new DataView(frame.buffer, frame.byteOffset).getUint32(0)).toBe(frame.length - 4);
    // 1: "ADDED", 2: {1: envelope}; each length fits the one or two bytes of its varint.
    expect(new TextDecoder().decode(frame.subarray(6, 11))).toBe('ADDED');
    const start = frame.findIndex((byte, i) => byte === 0x6b && frame[i + 1] === 0x38);
    expect(decodeProtobuf(frame.subarray(start)).object).toEqual(await json(`${MAPS}/watched`));
  });
});
