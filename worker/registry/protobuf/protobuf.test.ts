import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GoldenCase, readCases } from '../../../test/golden-cases.ts';
import { decodeObject, type ExpectedType } from '../schema/decode.ts';
import { decodeProtobufBody } from './decode-body.ts';
import { decodeProtobuf } from './decode.ts';
import { encodeProtobuf } from './encode.ts';
import { findKind } from './kinds.ts';
import { ListEncoder } from './list-encoder.ts';
import { encodeWatchFrame } from './watch-frame.ts';

const cases = readCases(new URL('testdata/protobuf.jsonl', import.meta.url));

/** Numbers beyond 2^53, and JSON inside protobuf that the vector writes with spaces. */
const OTHER_BYTES = new Set(['protobuf-0031', 'protobuf-0044', 'protobuf-0054']);
/** A map's entry with a value that goes on behind it: refused in other words. */
const OVERLONG_ENTRY = 'protobuf-0002';
/** An empty list of bytes that is not nil: JSON of the typed object cannot tell. */
const EMPTY_BYTES = 'protobuf-0046';
/** Empty names and zero numbers with a documented default are shown although Go leaves them out. */
const OTHER_ZEROS = new Set(
  [68, 108, 115, 134, 139, 177, 195, 208, 353, 366, 386, 394, 402, 411, 423, 455].map(
    (n) => `protobuf-${String(n).padStart(4, '0')}`,
  ),
);

const of = (op: string, skipped: ReadonlySet<string> = new Set()): GoldenCase[] =>
  cases.filter((c) => c.op === op && c.error === undefined && !skipped.has(c.id));
const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
const base64Of = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function expectedType(c: GoldenCase): ExpectedType {
  const { apiVersion, kind } = c.in;
  return { apiVersion, kind, schema: findKind(apiVersion, kind)! };
}

/** The object that the API makes of a JSON text. */
const typed = (text: string, c: GoldenCase) =>
  decodeObject(text, 'json', expectedType(c), 'Ignore').object;

describe('protobuf as upstream writes and reads it', () => {
  it.each(of('protoPair'))('encodes $id, a $in.kind', (c) => {
    const { apiVersion, kind, object } = c.in;
    expect(base64Of(encodeProtobuf({ apiVersion, kind, ...object }))).toBe(c.out.bytes);
  });

  it.each(of('protoPair', OTHER_ZEROS))('decodes $id, a $in.kind', (c) => {
    const { object } = decodeProtobufBody(bytesOf(c.out.bytes), expectedType(c));
    expect(object).toEqual(typed(JSON.stringify(c.in.object), c));
  });

  it.each(of('protoOneWay', OTHER_BYTES).filter((c) => c.id !== EMPTY_BYTES))(
    'encodes $id, of which something does not survive',
    (c) => {
      expect(base64Of(encodeProtobuf(typed(c.in.objectText, c)))).toBe(c.out.bytes);
    },
  );

  it.each(of('protoOneWay', OTHER_BYTES))('decodes what has survived of $id', (c) => {
    const { object } = decodeProtobufBody(bytesOf(c.out.bytes), expectedType(c));
    expect(object).toEqual(typed(c.out.decodedText, c));
  });

  it.each(of('protoWatch'))('frames $id, an event of a watch', (c) => {
    const { apiVersion, kind, type, object } = c.in;
    const frame = encodeWatchFrame(type, encodeProtobuf({ apiVersion, kind, ...object }));
    expect(base64Of(frame)).toBe(c.out.frame);
  });

  it.each(cases.filter((c) => c.op === 'protoDecode' && c.id !== OVERLONG_ENTRY))(
    'decodes or refuses $id',
    (c) => {
      const decode = () => decodeProtobuf(bytesOf(c.in.bytes));
      if (c.error === undefined) {
        const { apiVersion, kind, object } = decode();
        expect(typed(JSON.stringify(object), { ...c, in: { apiVersion, kind } })).toEqual(
          c.out.object,
        );
        return;
      }
      // Which scheme does not know a kind differs from program to program.
      expect(decode).toThrow(c.error.replace(/ in scheme .*/, ''));
    },
  );
});

describe('bodies that are not what an endpoint takes', () => {
  const POD: ExpectedType = { apiVersion: 'v1', kind: 'Pod', schema: 'io.k8s.api.core.v1.Pod' };
  const pod = encodeProtobuf({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } });
  const refused: [name: string, bytes: Uint8Array, want: string][] = [
    [
      'nothing',
      new Uint8Array(),
      'the object provided is unrecognized (must be of type Pod): empty data (<empty>)',
    ],
    [
      'JSON',
      new TextEncoder().encode('{"kind":"Pod","apiVersion":"v1"}'),
      'the object provided is unrecognized (must be of type Pod): provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] ({"kind":"Pod","apiVersion":"v1 ...)',
    ],
    [
      'text',
      new TextEncoder().encode('kind: Pod'),
      'the object provided is unrecognized (must be of type Pod): provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] (6b696e643a20506f64)',
    ],
    [
      'another kind',
      encodeProtobuf({ apiVersion: 'v1', kind: 'Service', metadata: {} }),
      'Service in version "v1" cannot be handled as a Pod: converting (v1.Service) to (core.Pod): unknown conversion',
    ],
    [
      'another version',
      encodeProtobuf({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: {} }),
      'Deployment in version "v1" cannot be handled as a Pod: converting (v1.Deployment) to (core.Pod): unknown conversion',
    ],
  ];

  it.each(refused)('refuses %s', (_, bytes, want) => {
    expect(() => decodeProtobufBody(bytes, POD)).toThrow(want);
  });

  it('refuses a message that ends early', () => {
    const cut = pod.slice();
    // The length of the name is made longer than what is there.
    cut[cut.indexOf('a'.charCodeAt(0)) - 1] = 0x7f;
    expect(() => decodeProtobufBody(cut, POD)).toThrow(
      'Pod in version "v1" cannot be handled as a Pod: unexpected EOF',
    );
  });

  it('takes the kind from the endpoint where the body does not say it', () => {
    const head = [0x6b, 0x38, 0x73, 0x00, 0x12, 0x05, 0x0a, 0x03, 0x0a, 0x01, 0x61];
    const { object } = decodeProtobufBody(Uint8Array.from(head), POD);
    expect(object).toMatchObject({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } });
  });

  it('takes the options of a delete in whatever group they come', () => {
    const schema = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';
    const options = { apiVersion: 'apps/v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 };
    const expected = { apiVersion: 'v1', kind: 'DeleteOptions', schema };
    expect(decodeProtobufBody(encodeProtobuf(options), expected).object).toEqual({
      ...options,
      apiVersion: 'v1',
    });
  });

  it('answers any bytes with an object or a BadRequest', () => {
    const damaged = fc
      .tuple(fc.nat(pod.length - 1), fc.uint8Array({ maxLength: 24 }))
      .map(([at, noise]) =>
        Uint8Array.from([...pod.subarray(0, at), ...noise, ...pod.subarray(at)]),
      );
    fc.assert(
      fc.property(damaged, (bytes) => {
        try {
          expect(decodeProtobufBody(bytes, POD).object.kind).toBe('Pod');
        } catch (error) {
          expect(error).toMatchObject({ status: { code: 400 } });
        }
      }),
    );
  });

  it('refuses entries of maps whose values go on behind them', () => {
    const head = [0x6b, 0x38, 0x73, 0x00, 0x0a, 0x0f, 0x0a, 0x02, 0x76, 0x31, 0x12, 0x09];
    const kind = [...new TextEncoder().encode('ConfigMap')];
    // An entry of two bytes says that its value has three, of which it holds none.
    const message = [0x12, 0x02, 0x12, 0x03, 0x12, 0x02, 0x12, 0x00];
    const bytes = Uint8Array.from([...head, ...kind, 0x12, message.length, ...message]);
    expect(() => decodeProtobuf(bytes)).toThrow('unexpected EOF');
  });

  it('refuses more messages than any object that can be stored has', () => {
    const containers = Array.from({ length: 200_000 }, () => ({}));
    const bytes = encodeProtobuf({ apiVersion: 'v1', kind: 'Pod', spec: { containers } });
    expect(() => decodeProtobufBody(bytes, POD)).toThrow('exceeded max message count');
  });

  it('refuses schemas that are nested without end', () => {
    const name =
      'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition';
    const crd = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
    let schema: object = { type: 'object' };
    for (let i = 0; i < 1_200; i++) schema = { not: schema };
    const versions = [{ name: 'v1', schema: { openAPIV3Schema: schema } }];
    const bytes = encodeProtobuf({ ...crd, spec: { group: 'g', versions } });
    expect(() => decodeProtobufBody(bytes, { ...crd, schema: name })).toThrow('exceeded max depth');
  });
});

describe('what no recorded encoding shows', () => {
  it('keeps schemas of custom resources as they are', () => {
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      spec: {
        versions: [
          {
            name: 'v1',
            schema: {
              openAPIV3Schema: {
                $ref: '#/x',
                'x-kubernetes-int-or-string': true,
                items: { type: 'string' },
                additionalProperties: false,
                additionalItems: { type: 'number', maximum: 1.5 },
                dependencies: { a: ['b'], c: { type: 'string' } },
                enum: [1, 'a', { b: [] }],
                default: { __proto__x: 1 },
              },
            },
            subresources: { status: {} },
          },
        ],
      },
    };
    expect(decodeProtobuf(encodeProtobuf(crd)).object).toMatchObject(crd);
  });

  it('writes no struct that Go has a pointer to and JSON does not have', () => {
    const event = { apiVersion: 'v1', kind: 'Event', metadata: { name: 'a' }, count: 2 };
    expect(decodeProtobuf(encodeProtobuf(event)).object).not.toHaveProperty('series');
  });

  it('encodes a list piece by piece as it does at once', () => {
    const items = ['a', 'b', 'c'].map((name) => ({ metadata: { name } }));
    const metadata = { resourceVersion: '7', remainingItemCount: 0 };
    const encoder = new ListEncoder('v1', 'PodList', metadata);
    encoder.add(items.slice(0, 2));
    encoder.add(items.slice(2));
    const whole = encodeProtobuf({ apiVersion: 'v1', kind: 'PodList', metadata, items });
    expect(Buffer.concat(encoder.finish()).equals(whole)).toBe(true);
  });

  it('reads numbers of a list that come packed', () => {
    // PodSpec.securityContext is field 14, its supplementalGroups field 4.
    const context = [0x22, 0x02, 0x01, 0x05];
    const spec = [0x72, context.length, ...context];
    const message = [0x12, spec.length, ...spec];
    const head = [0x6b, 0x38, 0x73, 0x00, 0x0a, 0x09, 0x0a, 0x02, 0x76, 0x31, 0x12, 0x03];
    const bytes = Uint8Array.from([...head, 0x50, 0x6f, 0x64, 0x12, message.length, ...message]);
    expect(decodeProtobuf(bytes).object['spec']).toEqual({
      securityContext: { supplementalGroups: [1, 5] },
    });
  });

  it('keeps map keys that are special to JavaScript', () => {
    const data = JSON.parse('{"__proto__":"a","constructor":"b"}') as Record<string, string>;
    const { object } = decodeProtobuf(
      encodeProtobuf({ apiVersion: 'v1', kind: 'ConfigMap', data }),
    );
    expect(Object.entries(object['data'] as object)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });
});
