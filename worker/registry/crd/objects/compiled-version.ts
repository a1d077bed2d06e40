import type { JSONSchema } from '../schema/json-schema.ts';
import { propertyOf } from '../schema/json-schema.ts';
import { SchemaValidator } from '../schema/schema-validator.ts';
import type { DefinitionVersion, ScalePaths } from '../types.ts';
import { hasDefaults } from './defaults.ts';
import { RuleValidator } from '../rules/rule-validator.ts';

/** What a version of a definition makes of its objects. Everything is made when first needed, and kept. */
export class CompiledVersion {
  readonly schema: JSONSchema | undefined;
  readonly scale: ScalePaths | undefined;
  #validator: SchemaValidator | undefined;
  #status: SchemaValidator | undefined;
  #rules: RuleValidator | undefined | null = null;
  #hasDefaults: boolean | undefined;

  constructor({ schema, subresources }: DefinitionVersion) {
    this.schema = schema?.openAPIV3Schema;
    this.scale = subresources?.scale;
  }

  get validator(): SchemaValidator {
    this.#validator ??= new SchemaValidator(this.schema ?? {});
    return this.#validator;
  }

  /** Of the status alone; undefined where the schema says nothing about it. */
  get status(): SchemaValidator | undefined {
    const status = propertyOf(this.schema, 'status');
    if (status === undefined) return undefined;
    this.#status ??= new SchemaValidator(status);
    return this.#status;
  }

  /** The rules in x-kubernetes-validations; undefined where there are none. */
  get rules(): RuleValidator | undefined {
    if (this.#rules === null) this.#rules = RuleValidator.of(this.schema);
    return this.#rules;
  }

  get hasDefaults(): boolean {
    this.#hasDefaults ??= this.schema !== undefined && hasDefaults(this.schema);
    return this.#hasDefaults;
  }
}
