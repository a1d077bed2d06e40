import { describe, expect, it } from 'vitest';
import { RuntimeError } from '../container-runtime.ts';
import { interpretEngineError } from './engine-error.ts';

describe('an error of the engine', () => {
  it.each([
    [
      { statusCode: 404, json: { message: 'No such image: a:1' } },
      'ImageNotFound',
      'No such image: a:1',
    ],
    [
      { statusCode: 404, json: { message: 'No such container: x' } },
      'NotFound',
      'No such container: x',
    ],
    [{ statusCode: 409, json: { message: 'is in use' } }, 'InvalidArgument', 'is in use'],
    [
      {
        statusCode: 500,
        message: '(HTTP code 500) server error - Get "https://r/v2/": no such host ',
      },
      'Failed',
      'Get "https://r/v2/": no such host',
    ],
    [
      { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' },
      'EngineUnavailable',
      'connect ECONNREFUSED',
    ],
    ['text', 'Failed', 'text'],
  ])('%j is %s: %s', (failure, code, message) => {
    expect(interpretEngineError(failure)).toMatchObject({ code, message });
  });

  it('that was interpreted already stays as it is', () => {
    const error = new RuntimeError('Aborted', 'given up');
    expect(interpretEngineError(error)).toBe(error);
  });
});
