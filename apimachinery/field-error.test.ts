import { describe, expect, it } from 'vitest';
import {
  duplicate,
  invalid,
  invalidWithoutValue,
  notFound,
  notSupported,
  required,
  tooLong,
} from './field-error.ts';

describe('field errors', () => {
  it.each([
    ['plain', '"plain"'],
    ['say "hi"\n', String.raw`"say \"hi\"\n"`],
    ['a\u000bb', String.raw`"a\vb"`],
    ['\u0001', String.raw`"\x01"`],
    [String.raw`\u0001`, String.raw`"\\u0001"`],
    ['a\u00a0b', String.raw`"a\u00a0b"`],
    ['é名😀', '"é名😀"'],
  ])('quote %j as Go does', (value, want) => {
    expect(invalid('f', value, 'bad').message).toBe(`Invalid value: ${want}: bad`);
  });

  it('show other values as JSON', () => {
    expect(invalid('f', { a: 1 }, 'bad').message).toBe('Invalid value: {"a":1}: bad');
    expect(duplicate('f', 3).message).toBe('Duplicate value: 3');
    expect(invalid('f', undefined, '').message).toBe('Invalid value: null');
  });

  it('list what is supported in the order that is given', () => {
    expect(notSupported('f', 'x', ['b', 'a']).message).toBe(
      'Unsupported value: "x": supported values: "b", "a"',
    );
  });

  it('say what more there is to say', () => {
    expect(duplicate('f', 'x', 'twice').message).toBe('Duplicate value: "x": twice');
    expect(notFound('f', 'x', 'nowhere').message).toBe('Not found: "x": nowhere');
    expect(invalidWithoutValue('f', 'bad').message).toBe('Invalid value: bad');
  });

  it('count in words', () => {
    expect(tooLong('f', 1).message).toBe('Too long: may not be more than 1 byte');
    expect(required('f').message).toBe('Required value');
  });
});
