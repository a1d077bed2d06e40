import { ERROR, type CelType } from '../types/cel-type.ts';
import { CelObject, type Value } from './value.ts';

/**
 * A runtime error as a value: `true || error` is true, so errors cannot be exceptions.
 * The message is cel-go's, without position.
 */
export class ErrorValue extends CelObject {
  readonly type: CelType = ERROR;
  readonly message: string;

  constructor(message: string) {
    super();
    this.message = message;
  }

  override equals(): Value {
    return this;
  }
}

export const isError = (value: Value | undefined): value is ErrorValue =>
  value instanceof ErrorValue;

export const NO_SUCH_OVERLOAD = new ErrorValue('no such overload');

/** The error itself when the value is one, else "no such overload". */
export const noSuchOverload = (value: Value): ErrorValue =>
  isError(value) ? value : NO_SUCH_OVERLOAD;
