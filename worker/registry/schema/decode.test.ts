import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCases } from '../../../test/golden-cases.ts';
import { decodeObject, decodeValue, type ExpectedType } from './decode.ts';
import { COMPILED } from './schema.ts';

const cases = readCases(new URL('testdata/strict-decoding.jsonl', import.meta.url));

/** Where upstream's text is its YAML library's, or names a scheme of the test program. */
const OTHER_WORDS = /^yaml: |registered for version|unsupported map key|^json: unsupported value/;
/** Where only the Go type tells what is left out when empty. See docs/differences.md. */
const OTHER_EMPTY_FIELDS = new Set(
  [12, 20, 22, 39, 68, 84, 107, 116, 136, 147, 171, 175, 208, 240, 257].map(
    (n) => `strict-decoding-${String(n).padStart(4, '0')}`,
  ),
);
/** `metadata.uid` is a named string in Go; YAML 1.2 octal numbers; several errors at once. */
const SKIPPED = new Set([
  'strict-decoding-0130',
  'strict-decoding-0138',
  'strict-decoding-0205',
  'strict-decoding-0151',
  'strict-decoding-0157',
]);

function expectedType(apiVersion: string, kind: string): ExpectedType {
  const found = Object.entries(COMPILED.types).find(
    ([, { g }]) =>
      g !== undefined && g[2] === kind && (g[0] === '' ? g[1] : `${g[0]}/${g[1]}`) === apiVersion,
  );
  return { apiVersion, kind, schema: found![0] };
}

const POD = expectedType('v1', 'Pod');
const DEPLOYMENT = expectedType('apps/v1', 'Deployment');

function refusal(call: () => unknown): { code: number; message: string } {
  try {
    call();
  } catch (error) {
    return (error as { status: { code: number; message: string } }).status;
  }
  throw new Error('was not refused');
}

describe('decoding as upstream does', () => {
  it.each(cases.filter((c) => !SKIPPED.has(c.id)))('decodes or refuses $id', (c) => {
    const { apiVersion, kind, text, format } = c.in;
    const expected = expectedType(apiVersion, kind);
    const decode = () => decodeObject(text, format === 'yaml' ? 'yaml' : 'json', expected, 'Warn');
    if (c.out.error !== undefined) {
      const { code, message } = refusal(decode);
      expect(code).toBe(400);
      if (!OTHER_WORDS.test(c.out.error)) expect(message).toContain(c.out.error);
      return;
    }
    const { object, warnings } = decode();
    expect(warnings).toEqual(c.out.strictErrors ?? []);
    if (!OTHER_EMPTY_FIELDS.has(c.id))
      expect(object).toEqual({ apiVersion, kind, ...c.out.object });
  });
});

describe('what the API server says about a body', () => {
  const cases: [name: string, text: string, expected: ExpectedType, want: string][] = [
    [
      'a value of the wrong type',
      '{"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":"3"}}',
      DEPLOYMENT,
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'text that is not JSON',
      '{"apiVersion":"v1",',
      POD,
      'the object provided is unrecognized (must be of type Pod): couldn\'t get version/kind; json parse error: unexpected end of JSON input ({"apiVersion":"v1",)',
    ],
    [
      'a kind that there is not',
      '{"apiVersion":"v1","kind":"Nope"}',
      POD,
      'Nope in version "v1" cannot be handled as a Pod: no kind "Nope" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"',
    ],
    [
      'another kind',
      '{"apiVersion":"v1","kind":"Service"}',
      POD,
      'Service in version "v1" cannot be handled as a Pod: converting (v1.Service) to (core.Pod): unknown conversion',
    ],
    [
      'another version of the kind',
      '{"apiVersion":"events.k8s.io/v1","kind":"Event"}',
      expectedType('v1', 'Event'),
      'the API version in the data (events.k8s.io/v1) does not match the expected API version (v1)',
    ],
    [
      'unknown and repeated fields',
      '{"spec":{"x":1,"replicas":1,"replicas":2}}',
      DEPLOYMENT,
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.x", duplicate field "spec.replicas"',
    ],
    [
      'nesting beyond all measure',
      `{"spec":${'['.repeat(20_000)}`,
      POD,
      'the object provided is unrecognized (must be of type Pod): couldn\'t get version/kind; json parse error: exceeded max depth ({"spec":[[[[[[[[[[[[[[[[[[[[[[ ...)',
    ],
  ];
  it.each(cases)('explains %s', (_name, text, expected, want) => {
    const { code, message } = refusal(() => decodeObject(text, 'json', expected, 'Strict'));
    expect(code).toBe(400);
    expect(message).toBe(want);
  });

  it('drops unknown fields silently when told to ignore them', () => {
    const text = '{"metadata":{"name":"a"},"spec":{"containers":[],"x":1}}';
    const { object, warnings } = decodeObject(text, 'json', POD, 'Ignore');
    expect(warnings).toEqual([]);
    expect(object.spec).toEqual({ containers: [] });
  });

  it('refuses a patch result of the wrong type as an invalid patch', () => {
    const { code, message } = refusal(() =>
      decodeValue({ spec: 1 }, POD, 'Warn', { shown: '{"spec":1}', problems: [] }),
    );
    expect(code).toBe(422);
    expect(message).toContain(
      'cannot unmarshal number into Go struct field Pod.spec of type v1.PodSpec',
    );
  });

  it('keeps keys that JavaScript treats specially as plain data', () => {
    const text = '{"data":{"__proto__":"x","constructor":"y"}}';
    const { object } = decodeObject(text, 'json', expectedType('v1', 'ConfigMap'), 'Strict');
    expect(Object.entries(object.data as object)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });
});

describe('any body at all', () => {
  const isStatusError = (call: () => unknown): void => {
    try {
      call();
    } catch (error) {
      expect(error).toHaveProperty('status.code', 400);
    }
  };

  it('is decoded or refused with a status, never a crash', () => {
    const fragments = fc.constantFrom(
      '{"spec":{',
      '"containers":[',
      '{"name":',
      '"a"',
      '}',
      ']',
      ',',
      ':',
      'null',
      '1e9',
      '-0',
      '\\u0000',
      '"image":',
      '- a\n',
      'a: &x [*x]\n',
      '  b: |\n',
      '<<: *x\n',
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.json(),
      fc.array(fragments, { maxLength: 12 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, fc.constantFrom('json' as const, 'yaml' as const), (text, format) => {
        isStatusError(() => decodeObject(text, format, POD, 'Strict'));
      }),
      { numRuns: 500 },
    );
  });

  it('reads what JSON.parse reads as JSON.parse reads it', () => {
    const type = expectedType('apps/v1', 'ControllerRevision');
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (data) => {
        const text = JSON.stringify({ data, revision: 1 });
        const { object } = decodeObject(text, 'json', type, 'Strict');
        expect(object.data).toEqual((JSON.parse(text) as { data: unknown }).data);
      }),
    );
  });

  it('that expands through aliases is cut off', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i++)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    const { code } = refusal(() => decodeObject(lines.join('\n'), 'yaml', POD, 'Ignore'));
    expect(code).toBe(400);
  });
});
