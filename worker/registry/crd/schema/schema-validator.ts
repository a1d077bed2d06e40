import { RE2JS } from 're2js';
import { quoteText } from '../../../../apimachinery/field-error.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { CorrelatedValue } from './correlated-value.ts';
import { isKnownFormat, matchesFormat, supportedFormat } from './formats.ts';
import { additionalOf, isIntOrString, itemsOf, type JSONSchema } from './json-schema.ts';
import { isObject, type JSONObject, kindOf, type ValueKind } from './json-value.ts';
import { type Problem, Result } from './problems.ts';
import { isJSONInteger, validateNumber } from './validate-number.ts';

/** Formats of numbers as Go's decoder gives them; what else has none. */
const DECODED_FORMATS: Partial<Record<ValueKind, string>> = {
  integer: 'int64',
  number: 'float64',
};

/**
 * One schema, ready to validate: parts are prepared when a value first needs them, and kept. Order,
 * words and what is checked after what are kube-openapi's (pkg/validation/validate).
 */
export class SchemaValidator {
  readonly #schema: JSONSchema;
  readonly #types: readonly string[];
  readonly #format: string;
  readonly #parts = new Map<JSONSchema, SchemaValidator>();
  #pattern: RE2JS | undefined;

  readonly #knowsIntOrString: boolean;

  constructor(schema: JSONSchema, knowsIntOrString = true) {
    this.#schema = schema;
    this.#knowsIntOrString = knowsIntOrString;
    this.#types =
      knowsIntOrString && isIntOrString(schema)
        ? ['integer', 'string']
        : schema.type
          ? [schema.type]
          : [];
    this.#format = supportedFormat(schema.format ?? '');
  }

  /**
   * @param path of the value from where validation began; '' for that itself.
   * @param correlation with the old value on update: what did not change may stay invalid.
   */
  validate(value: unknown, path = '', correlation?: CorrelatedValue): Result {
    const result = this.#validate(value, path, correlation);
    if (result.isValid || correlation?.isEqual() !== true) return result;
    const tolerated = new Result();
    tolerated.matchCount = result.matchCount;
    return tolerated;
  }

  #validate(value: unknown, path: string, correlation: CorrelatedValue | undefined): Result {
    const result = new Result();
    const kind = kindOf(value);
    if (kind === 'null') {
      result.merge(this.#checkNull(path));
      result.merge(this.#checkEnum(value, path));
      return result;
    }
    const merge = (part: Result | undefined): void => {
      result.merge(part);
      result.matchCount++;
    };
    if (this.#types.length > 0 || this.#format !== '') merge(this.#checkType(value, kind, path));
    merge(this.#checkAlternatives(value, path));
    if (typeof value === 'string') {
      merge(this.#checkString(value, path));
      if (isKnownFormat(this.#format)) merge(this.#checkFormat(value, path));
    }
    if (typeof value === 'number') {
      const [type = ''] = this.#types.length === 1 ? this.#types : [];
      merge(validateNumber(this.#schema, type, this.#format, value, path));
    }
    if (Array.isArray(value)) merge(this.#checkList(value, path, correlation));
    merge(this.#checkEnum(value, path));
    if (isObject(value)) merge(this.#checkObject(value, path, correlation));
    result.matchCount++;
    return result;
  }

  #part(schema: JSONSchema): SchemaValidator {
    let part = this.#parts.get(schema);
    if (part === undefined) {
      part = new SchemaValidator(schema, this.#knowsIntOrString);
      this.#parts.set(schema, part);
    }
    return part;
  }

  #checkNull(path: string): Result {
    const types = this.#types;
    if (types.length > 0 && this.#schema.nullable !== true) {
      return Result.of(wrongType(path, types.join(','), 'null'));
    }
    return matched();
  }

  #checkType(value: unknown, kind: ValueKind, path: string): Result {
    const types = this.#types;
    const format = this.#format;
    const isTextOrList = kind === 'string' || kind === 'array';
    const isWholeNumber =
      kind === 'number' && isJSONInteger(Number(value)) && types.includes('integer');
    const fits =
      types.includes(kind) || isWholeNumber || (kind === 'integer' && types.includes('number'));
    const decoded = DECODED_FORMATS[kind] ?? '';
    if (!isTextOrList && format !== '' && !fits && decoded !== format) {
      return Result.of(wrongType(path, format, decoded));
    }
    const isNumeric = types.includes('number') || types.includes('integer');
    // A format is taken to say what a text or a list is, whatever the type says.
    if (!isNumeric && format !== '' && isTextOrList) return matched();
    return fits ? matched() : Result.of(wrongType(path, types.join(','), kind));
  }

  #checkString(value: string, path: string): Result | undefined {
    const { maxLength, minLength, pattern } = this.#schema;
    if (maxLength !== undefined && codePoints(value) > maxLength) {
      const message = `${path} in body should be at most ${maxLength} chars long`;
      return Result.of({ name: path, message, told: { as: 'tooLong', max: maxLength } });
    }
    if (minLength !== undefined && codePoints(value) < minLength) {
      return Result.of(unfit(path, value, `should be at least ${minLength} chars long`));
    }
    if (pattern) {
      this.#pattern ??= RE2JS.compile(pattern);
      if (!this.#pattern.matcher(value).find()) {
        return Result.of(unfit(path, value, `should match '${pattern}'`));
      }
    }
    return undefined;
  }

  #checkFormat(value: string, path: string): Result | undefined {
    return matchesFormat(this.#format, value)
      ? undefined
      : Result.of(wrongType(path, this.#format, value));
  }

  #checkEnum(value: unknown, path: string): Result | undefined {
    const valid = this.#schema.enum ?? [];
    if (valid.length === 0) return undefined;
    // A null is in no enum, not even in one that lists it.
    const isListed = value !== null && valid.some((one) => deepEqual(one, value));
    if (isListed) return undefined;
    const message = `${path} in body should be one of ${JSON.stringify(valid)}`;
    return Result.of({ name: path, message, told: { as: 'enum', value, valid } });
  }

  #checkList(
    value: readonly unknown[],
    path: string,
    correlation: CorrelatedValue | undefined,
  ): Result {
    const result = new Result();
    const items = itemsOf(this.#schema);
    if (items !== undefined) {
      const part = this.#part(items);
      value.forEach((item, i) => {
        result.merge(part.validate(item, `${path}[${i}]`, correlation?.index(i)));
      });
    }
    const { minItems, maxItems } = this.#schema;
    if (minItems !== undefined && value.length < minItems) {
      result.add(unfit(path, value.length, `should have at least ${minItems} items`));
    }
    if (maxItems !== undefined && value.length > maxItems) {
      const message = `${path} in body should have at most ${maxItems} items`;
      result.add({
        name: path,
        message,
        told: { as: 'tooMany', actual: value.length, max: maxItems },
      });
    }
    result.matchCount++;
    return result;
  }

  #checkObject(value: JSONObject, path: string, correlation: CorrelatedValue | undefined): Result {
    const { minProperties, maxProperties, required = [], properties = {} } = this.#schema;
    const keys = Object.keys(value);
    if (minProperties !== undefined && keys.length < minProperties) {
      return Result.of(
        unfit(path, keys.length, `should have at least ${minProperties} properties`),
      );
    }
    if (maxProperties !== undefined && keys.length > maxProperties) {
      const message = `${path} in body should have at most ${maxProperties} properties`;
      const told = { as: 'tooMany', actual: keys.length, max: maxProperties } as const;
      return Result.of({ name: path, message, told });
    }
    const result = new Result();
    for (const key of keys) {
      if (!Object.hasOwn(properties, key))
        this.#checkAdditional(result, key, value, path, correlation);
    }
    for (const key in properties) {
      const schema = properties[key];
      if (schema === undefined || !Object.hasOwn(value, key)) continue;
      const at = path === '' ? key : `${path}.${key}`;
      const isTypeMeta = path === '' && (key === 'apiVersion' || key === 'kind');
      const child = isTypeMeta ? undefined : correlation?.key(key);
      result.merge(this.#part(schema).validate(value[key], at, child));
    }
    for (const key of required) {
      if (Object.hasOwn(value, key)) continue;
      const name = `${path}.${key}`;
      result.add({ name, message: `${name} in body is required`, told: { as: 'required' } });
    }
    return result;
  }

  #checkAdditional(
    result: Result,
    key: string,
    value: JSONObject,
    path: string,
    correlation: CorrelatedValue | undefined,
  ): void {
    if (this.#schema.additionalProperties === false) {
      const message = `${path}.${key} in body is a forbidden property`;
      result.add({ name: path, message, told: { as: 'value', value: key } });
      return;
    }
    const schema = additionalOf(this.#schema);
    if (schema === undefined) return;
    const child = correlation?.key(key);
    result.merge(this.#part(schema).validate(value[key], `${path}.${key}`, child));
  }

  #checkAlternatives(value: unknown, path: string): Result {
    const { anyOf = [], oneOf = [], allOf = [], not } = this.#schema;
    const result = new Result();
    const tell = (what: string): void =>
      result.add({
        name: '',
        message: `${JSON.stringify(path)} must ${what}`,
        told: { as: 'unplaced' },
      });
    if (anyOf.length > 0) {
      const { best, valid, first } = this.#rank(anyOf, value, path, true);
      if (valid === 0) tell('validate at least one schema (anyOf)');
      result.merge(valid === 0 ? best : first);
    }
    if (oneOf.length > 0) {
      const { best, valid, first } = this.#rank(oneOf, value, path, false);
      if (valid === 1) result.merge(first);
      else {
        const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
        tell(`validate one and only one schema (oneOf). ${found}`);
        if (valid === 0) result.merge(best);
      }
    }
    if (allOf.length > 0) {
      let valid = 0;
      for (const schema of allOf) {
        const part = this.#part(schema).validate(value, path);
        if (part.isValid) valid++;
        result.merge(part);
      }
      if (valid < allOf.length) {
        tell(`validate all the schemas (allOf)${valid === 0 ? '. None validated' : ''}`);
      }
    }
    if (not !== undefined && this.#part(not).validate(value, path).isValid) {
      tell('not validate the schema (not)');
    }
    result.matchCount++;
    return result;
  }

  /** Tries alternatives; of those that fail, the one with most that is right tells what is wrong. */
  #rank(schemas: readonly JSONSchema[], value: unknown, path: string, stopAtFirst: boolean) {
    let best: Result | undefined;
    let first: Result | undefined;
    let valid = 0;
    for (const schema of schemas) {
      const part = this.#part(schema).validate(value, path);
      if (part.isValid) {
        valid++;
        first ??= part;
        if (stopAtFirst) break;
      } else if (best === undefined || part.matchCount > best.matchCount) best = part;
    }
    return { best, first, valid };
  }
}

/** A validator of defaults: those of x-kubernetes-int-or-string may be anything, as upstream has it. */
export const newDefaultValidator = (schema: JSONSchema): SchemaValidator =>
  new SchemaValidator(schema, false);

function matched(): Result {
  const result = new Result();
  result.matchCount = 1;
  return result;
}

const codePoints = (text: string): number => {
  let count = 0;
  // oxlint-disable-next-line no-unused-vars -- iterating is what counts code points
  for (const _ of text) count++;
  return count;
};

const wrongType = (path: string, type: string, value: string): Problem => ({
  name: path,
  message: `${path} in body must be of type ${type}: ${quoteText(value)}`,
  told: { as: 'type', value },
});

const unfit = (path: string, value: unknown, what: string): Problem => ({
  name: path,
  message: `${path} in body ${what}`,
  told: { as: 'value', value },
});
