import { describe, expect, it } from 'vitest';
import type { AdmissionPlugin } from '../plugin.ts';
import { patches, reviewed } from '../testing/fake-webhooks.ts';
import { run, set } from '../testing/mutating-run.ts';

describe('Mutating webhooks, when something changed after one ran', () => {
  const again = (name: string) => ({ name, reinvocationPolicy: 'IfNeeded' });

  it('asks those again that want it, and no others', () => {
    const { asked } = run([again('a'), { name: 'b' }, again('c')], {
      a: reviewed(),
      b: patches(set('x', '1')),
      c: reviewed(),
    });
    expect(asked).toEqual(['a', 'b', 'c', 'a']);
  });

  it('asks nobody again where nothing changed', () => {
    const { asked } = run([again('a'), again('b')], { a: reviewed(), b: patches() });
    expect(asked).toEqual(['a', 'b']);
  });

  it('does not ask the one that made the last change', () => {
    const { asked, attributes } = run([again('a')], { a: patches(set('x', '1')) });
    expect(asked).toEqual(['a']);
    expect(attributes.isReinvocation).toBe(true);
  });

  it('asks all that want it where another plugin changed the object in the second round', () => {
    const other: AdmissionPlugin = {
      name: 'Other',
      handles: () => true,
      admit({ object, isReinvocation }) {
        if (isReinvocation && object !== null) object['data'] = { other: '1' };
      },
    };
    const { asked, attributes } = run(
      [again('a'), { name: 'b' }],
      { a: reviewed(), b: patches(set('x', '1')) },
      undefined,
      [other],
    );
    expect(asked).toEqual(['a', 'b', 'a']);
    expect(
      attributes.auditAnnotations.get('mutation.webhook.admission.k8s.io/round_1_index_0'),
    ).toBe('{"configuration":"conf","webhook":"a","mutated":false}');
  });

  it('does not ask one for the first time', () => {
    const { asked } = run(
      [{ ...again('a'), objectSelector: { matchLabels: { x: '1' } } }, { name: 'b' }],
      { a: reviewed(), b: patches({ op: 'add', path: '/metadata/labels', value: { x: '1' } }) },
    );
    expect(asked).toEqual(['b']);
  });
});
