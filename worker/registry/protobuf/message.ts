import type { WellKnownType } from './well-known.ts';

export type ScalarType = 'string' | 'int32' | 'int64' | 'double' | 'boolean' | 'bytes';

/** How a value goes over the wire. */
export type WireValue = ScalarType | MessageType | WellKnownType;

export interface MessageField {
  readonly number: number;
  /** In JSON; '' where the fields of `value` are inline. */
  readonly name: string;
  readonly value: WireValue;
  readonly shape: 'single' | 'list' | 'map' | 'inline';
  /** Written even when it is zero, and then means that nothing was set: a plain value in Go. */
  readonly always: boolean;
  /** JSON shows it even when it is zero. */
  readonly shownWhenZero: boolean;
}

/** A message: its fields are resolved on first use and kept, as types may refer to themselves. */
export class MessageType {
  /** As in `DeploymentSpec`. */
  readonly name: string;
  readonly #resolve: () => readonly MessageField[];
  #fields: readonly MessageField[] | undefined;
  #byNumber: readonly (MessageField | undefined)[] | undefined;

  constructor(name: string, resolve: () => readonly MessageField[]) {
    this.name = name;
    this.#resolve = resolve;
  }

  /** In the order of their numbers, which is the order on the wire. */
  get fields(): readonly MessageField[] {
    this.#fields ??= this.#resolve();
    return this.#fields;
  }

  field(number: number): MessageField | undefined {
    this.#byNumber ??= indexByNumber(this.fields);
    return this.#byNumber[number];
  }
}

function indexByNumber(fields: readonly MessageField[]): (MessageField | undefined)[] {
  const index: (MessageField | undefined)[] = [];
  for (const field of fields) index[field.number] = field;
  return index;
}
