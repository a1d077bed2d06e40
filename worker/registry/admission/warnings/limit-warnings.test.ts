import { describe, expect, it } from 'vitest';
import { limitWarnings } from './limit-warnings.ts';

describe('limitWarnings', () => {
  it('tells each warning once, and none that is empty or has control characters', () => {
    expect(limitWarnings(['a', '', 'b', 'a', 'c\nd', 'ü'])).toEqual(['a', 'b', 'ü']);
  });

  it('leaves warnings as they are up to 4096 characters', () => {
    const texts = ['x'.repeat(4000), 'y'.repeat(96)];
    expect(limitWarnings(texts)).toEqual(texts);
  });

  it('shortens all of them beyond that, and ends when they are too long still', () => {
    const texts = Array.from({ length: 30 }, (_, i) => `${i}`.padEnd(300, 'x'));
    const limited = limitWarnings(texts);
    expect(limited).toHaveLength(16);
    expect(limited.every((text) => text.length === 256)).toBe(true);
    expect(limitWarnings(['😀'.repeat(5000)])).toEqual(['😀'.repeat(256)]);
  });
});
