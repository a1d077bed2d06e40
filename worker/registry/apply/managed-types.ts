import type { MergeType, PlainObject } from './merge-type.ts';

/** Another version of a resource's kind, in which a manager may have written. */
export interface ManagedVersion {
  readonly type: MergeType;
  /** An object of the endpoint's version in this one; throws an Error where that fails. */
  convert(object: PlainObject): PlainObject;
  /** The inverse. */
  convertBack(object: PlainObject): PlainObject;
}

/** What the field manager must know about the kind of an endpoint. */
export interface ManagedTypes {
  readonly apiVersion: string;
  readonly kind: string;
  readonly type: MergeType;
  /** Objects were decoded by their type before they come here: they need not be validated. */
  readonly isDecoded: boolean;
  /** An object in which nothing is set, as the type encodes it. */
  newEmpty(): PlainObject;
  /**
   * Gives a merged value the form in which objects of the type are stored; throws an Error, with
   * the decoder's text, for what is none.
   */
  normalize(value: PlainObject): PlainObject;
  /** Undefined for a version that is not served (any more): nothing written in it counts. */
  version(apiVersion: string): ManagedVersion | undefined;
}
