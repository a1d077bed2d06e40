import { describe, expect, it } from 'vitest';
import { expandVariables } from './expansion.ts';

const LOOKUP = new Map([
  ['A', 'one'],
  ['B', '$(A)'],
  ['EMPTY', ''],
]);

describe('Expansion of $(VAR)', () => {
  it.each([
    { text: '$(A)', want: 'one' },
    { text: 'x$(A)y$(A)', want: 'xoneyone' },
    { text: '$(EMPTY)-', want: '-' },
    { text: '$(UNKNOWN)', want: '$(UNKNOWN)' },
    { text: '$$(A)', want: '$(A)' },
    { text: '$$$(A)', want: '$one' },
    { text: '$$$$(A)', want: '$$(A)' },
    { text: '$(B)', want: '$(A)' },
    { text: '$A ${A} $', want: '$A ${A} $' },
    { text: '$(A', want: '$(A' },
    { text: '$()', want: '$()' },
  ])('makes $want of $text', ({ text, want }) => {
    expect(expandVariables(text, LOOKUP)).toBe(want);
  });
});
