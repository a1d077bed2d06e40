import { deepEqual } from '../../rest/deep-equal.ts';
import { additionalOf, itemsOf, propertyOf, type JSONSchema } from './json-schema.ts';
import { fieldIn, isObject } from './json-value.ts';
import { type MapList, newMapList } from './map-list.ts';

/**
 * A value together with the one that it replaces, where the schema says which that is: fields by
 * their names, items of list maps by their keys. Nothing else can be told to be the same thing.
 * KEP-4008 (ratcheting); k8s.io/apiserver/pkg/cel/common CorrelatedObject.
 */
export class CorrelatedValue {
  readonly value: unknown;
  readonly oldValue: unknown;
  readonly #schema: JSONSchema;
  readonly #children = new Map<string | number, CorrelatedValue | undefined>();
  #oldItems: MapList | undefined;
  #isEqual: boolean | undefined;

  constructor(value: unknown, oldValue: unknown, schema: JSONSchema) {
    this.value = value;
    this.oldValue = oldValue;
    this.#schema = schema;
  }

  /** A field that both have and the schema knows. */
  key(name: string): CorrelatedValue | undefined {
    return this.#child(name, () => {
      const { value, oldValue } = this;
      if (!isObject(value) || !isObject(oldValue)) return undefined;
      if (!Object.hasOwn(value, name) || !Object.hasOwn(oldValue, name)) return undefined;
      const schema = propertyOf(this.#schema, name) ?? additionalOf(this.#schema);
      return schema && new CorrelatedValue(value[name], fieldIn(oldValue, name), schema);
    });
  }

  /** The item at an index of the value, with the old one of the same keys. */
  index(index: number): CorrelatedValue | undefined {
    return this.#child(index, () => {
      const { value, oldValue } = this;
      const items = itemsOf(this.#schema);
      if (!Array.isArray(value) || !Array.isArray(oldValue) || items === undefined)
        return undefined;
      if (this.#schema['x-kubernetes-list-type'] !== 'map' || index >= value.length)
        return undefined;
      this.#oldItems ??= newMapList(this.#schema, oldValue);
      const old = this.#oldItems.get(value[index]);
      return old === undefined ? undefined : new CorrelatedValue(value[index], old, items);
    });
  }

  /** Whether nothing changed, as far as the parts are correlated. */
  isEqual(): boolean {
    this.#isEqual ??= this.#compare();
    return this.#isEqual;
  }

  #child(
    key: string | number,
    find: () => CorrelatedValue | undefined,
  ): CorrelatedValue | undefined {
    if (!this.#children.has(key)) this.#children.set(key, find());
    return this.#children.get(key);
  }

  #compare(): boolean {
    const { value, oldValue } = this;
    if (Array.isArray(value) && Array.isArray(oldValue)) {
      if (this.#schema['x-kubernetes-list-type'] !== 'map') return deepEqual(value, oldValue);
      return (
        value.length === oldValue.length && value.every((_, i) => this.index(i)?.isEqual() === true)
      );
    }
    if (isObject(value) && isObject(oldValue)) {
      const keys = Object.keys(value);
      return (
        keys.length === Object.keys(oldValue).length &&
        keys.every((key) => this.key(key)?.isEqual() === true)
      );
    }
    return deepEqual(value, oldValue);
  }
}
