import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeIdentifier, unescapeIdentifier } from './identifiers.ts';

describe('names of fields in expressions', () => {
  it.each([
    { name: 'replicas', want: 'replicas' },
    { name: 'a-b', want: 'a__dash__b' },
    { name: 'a.b/c', want: 'a__dot__b__slash__c' },
    { name: '-x', want: '__dash__x' },
    { name: '__x__', want: '__underscores__x__underscores__' },
    { name: 'namespace', want: '__namespace__' },
    { name: 'int', want: 'int' },
    { name: '1a', want: undefined },
    { name: 'é', want: undefined },
    { name: 'a b', want: undefined },
    { name: '$x', want: undefined },
    { name: '', want: undefined },
  ])('escapes $name as $want', ({ name, want }) => {
    expect(escapeIdentifier(name)).toBe(want);
  });

  it.each(['a__x__b', '__foo__', 'a__namespace__'])('does not unescape %s', (escaped) => {
    expect(unescapeIdentifier(escaped)).toBeUndefined();
  });

  it('gives every name back that it could escape', () => {
    const names = fc.stringMatching(/^[a-z_./-][a-z0-9_./-]{0,12}$/);
    fc.assert(
      fc.property(names, (name) => {
        // Three underscores in a row are escaped in a way that upstream cannot undo either.
        fc.pre(!name.includes('___'));
        const escaped = escapeIdentifier(name);
        expect(escaped === undefined ? name : unescapeIdentifier(escaped)).toBe(name);
      }),
    );
  });
});
