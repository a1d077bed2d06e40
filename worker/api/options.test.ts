import { expect, it } from 'vitest';
import { call, statusOf } from '../../test/workerd/api.ts';
import { freshCluster } from '../../test/workerd/stores.ts';
import text from './testdata/options.jsonl?raw';

/** What upstream's validation of options says; made by its own code. */
interface Case {
  readonly id: string;
  readonly in: {
    readonly check: string;
    readonly value: string | Readonly<Record<string, unknown>>;
    readonly patchType?: string;
  };
  readonly out: {
    readonly errors: readonly { field: string; message: string; reason: string }[];
  };
}

const MAPS = '/api/v1/namespaces/default/configmaps';
const cases = text
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Case)
  // Patches in CBOR are not served: it is an alpha feature.
  .filter(({ in: { patchType = '' } }) => !patchType.endsWith('cbor'));

function queryOf(options: object): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) {
    for (const one of [value].flat()) query.append(name, String(one));
  }
  return `?${query.toString()}`;
}

const configMap = (metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...metadata },
});

/** The request that brings the value before validation, and the field that errors then name. */
function ask({ in: { check, value, patchType = '' } }: Case): [Promise<Response>, string?] {
  const cluster = freshCluster();
  const options = value as Readonly<Record<string, unknown>>;
  const create = (query: string, metadata?: object) =>
    call(cluster, 'POST', MAPS + query, { body: configMap(metadata) });
  switch (check) {
    case 'createOptions':
      return [create(queryOf(options))];
    case 'fieldManager':
    case 'fieldValidation':
      return [create(queryOf({ [check]: value })), check];
    case 'labelName':
      return [create('', { labels: { [value as string]: 'x' } }), 'metadata.labels'];
    case 'finalizerName':
      return [create('', { finalizers: [value] }), 'metadata.finalizers'];
    case 'patchOptions': {
      const headers = { 'Content-Type': patchType };
      return [
        call(cluster, 'PATCH', `${MAPS}/a${queryOf(options)}`, { headers, body: configMap() }),
      ];
    }
    case 'deleteOptions':
      return [
        call(cluster, 'DELETE', `${MAPS}/a`, { body: { kind: 'DeleteOptions', ...options } }),
      ];
    case 'tableOptions': {
      const headers = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
      return [call(cluster, 'GET', MAPS + queryOf(options), { headers })];
    }
    default:
      throw new Error(`unknown check ${check}`);
  }
}

it.each(cases)('upstream’s judgement of options and names: $id', async (example) => {
  const [request, field] = ask(example);
  const response = await request;
  const { errors } = example.out;
  if (errors.length === 0) {
    // There is nothing to patch or to delete, which is found out after the options were read.
    const { details } = response.ok ? {} : await statusOf(response);
    expect((details?.causes ?? []).filter((cause) => cause.field === field)).toEqual([]);
    if (field === undefined) expect([200, 201, 404]).toContain(response.status);
    return;
  }
  const { code, message, details } = await statusOf(response);
  for (const error of errors) {
    if (example.in.check === 'tableOptions') {
      expect(code).toBe(400);
      expect(message).toBe(
        `Unable to convert to Table as requested: ${error.field}: ${error.message}`,
      );
    } else {
      expect(code).toBe(422);
      const want = { ...error, field: field ?? error.field };
      expect(details?.causes).toContainEqual(want);
    }
  }
});
