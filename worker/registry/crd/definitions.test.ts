import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import {
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '../../../apimachinery/object-meta-validation.ts';
import { newInvalid } from '../../../apimachinery/status-error.ts';
import { readCases } from '../../../test/golden-cases.ts';
import { findResource } from '../resource-table.ts';
import { decodeObject } from '../schema/decode.ts';
import { compileRules, selfType } from './rules/compiled-rule.ts';
import {
  additionalOf,
  isEmbeddedResource,
  itemsOf,
  type JSONSchema,
  rulesOf,
} from './schema/json-schema.ts';
import type { DefinitionVersion } from './types.ts';

const cases = readCases(new URL('testdata/crd.jsonl', import.meta.url));
const ofOp = (op: string) => cases.filter((c) => c.op === op);
const INFO = findResource('apiextensions.k8s.io', 'v1', 'customresourcedefinitions')!;
const { strategy } = INFO;
const CONTEXT = { now: 0, user: { name: 'test', groups: [] } };

/** Where upstream's parser of CEL tells more than the first syntax error, or of other tokens. */
const OTHER_SYNTAX_ERRORS = new Set(['crd-0388', 'crd-0424']);

interface Cause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

const sorted = (causes: readonly Cause[]): Cause[] =>
  causes
    .map(({ reason, field, message }) => ({ reason, field, message }))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

const decode = (crd: unknown) =>
  decodeObject(
    JSON.stringify(crd),
    'json',
    { apiVersion: 'apiextensions.k8s.io/v1', kind: INFO.kind, schema: INFO.schema },
    'Warn',
  );

function write(object: KubernetesObject, old: KubernetesObject | undefined) {
  strategy.setDefaults?.(object);
  if (old === undefined) {
    strategy.prepareForCreate?.(object, CONTEXT);
    const validateName = (name: string, prefix: boolean) => strategy.validateName!(name, prefix);
    return [
      ...validateObjectMeta(object.metadata, { namespaced: false, validateName, path: 'metadata' }),
      ...strategy.validate!(object),
    ];
  }
  strategy.prepareForUpdate?.(object, old, CONTEXT);
  object.metadata.resourceVersion = '1';
  return [
    ...validateObjectMetaUpdate(object.metadata, old.metadata, 'metadata'),
    ...strategy.validateUpdate!(object, old),
  ];
}

describe('definitions as upstream validates them', () => {
  it.each(ofOp('crdValidate'))('validates $id', ({ id, in: input, out, error }) => {
    if (error !== undefined) {
      expect(() => decode(input.crd)).toThrow(error);
      return;
    }
    const { object, warnings } = decode(input.crd);
    expect(warnings).toEqual(out.strictErrors ?? []);
    const old = input.old && decode(input.old).object;
    if (old !== undefined) write(old, undefined);
    const errors = write(object, old);
    if (OTHER_SYNTAX_ERRORS.has(id)) {
      expect(errors.map(({ field }) => field)).toEqual(out.errors.map((c: Cause) => c.field));
      expect(sorted(errors)).not.toEqual(sorted(out.errors));
      return;
    }
    expect(sorted(errors)).toEqual(sorted(out.errors));
    if (errors.length === 1) {
      const { message } = newInvalid(INFO.group, INFO.kind, object.metadata.name ?? '', errors);
      expect(message).toBe(out.statusMessage);
    }
    expect(strategy.warnings!(object, null)).toEqual(out.warnings ?? []);
  });

  it.each(ofOp('crdValidate').filter((c) => c.out?.ruleCosts !== undefined))(
    'estimates the rules of $id',
    ({ in: input, out }) => {
      const costs = input.crd.spec.versions.flatMap((version: DefinitionVersion) =>
        ruleCosts(version.schema!.openAPIV3Schema!, true, version.name),
      );
      expect(costs).toEqual(out.ruleCosts);
    },
  );

  it.each(ofOp('crdDefault'))('fills in the defaults of $id', ({ in: input, out }) => {
    const { object, warnings } = decode(input.crd);
    strategy.setDefaults?.(object);
    expect(warnings).toEqual(out.strictErrors ?? []);
    expect(object).toEqual(out.crd);
  });
});

/** What the rules of a schema, and of those below it, can cost. */
function ruleCosts(schema: JSONSchema, isRoot: boolean, path: string): unknown[] {
  const self = selfType(schema, isRoot || isEmbeddedResource(schema));
  const own = rulesOf(schema).length === 0 ? undefined : compileRules(schema, self!);
  const items = itemsOf(schema);
  const additional = additionalOf(schema);
  return [
    ...(own?.rules ?? []).map((compiled) => ({
      path,
      rule: compiled.rule.rule,
      maxCost: String(compiled.maxCost),
      maxCardinality: String(own!.maxCardinality),
      usesOldSelf: compiled.usesOldSelf,
      ...(compiled.message === undefined
        ? {}
        : { messageMaxCost: String(compiled.messageMaxCost) }),
    })),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
      ruleCosts(property, false, `${path}.${name}`),
    ),
    ...(items === undefined ? [] : ruleCosts(items, false, `${path}[]`)),
    ...(additional === undefined ? [] : ruleCosts(additional, false, `${path}{}`)),
  ];
}
