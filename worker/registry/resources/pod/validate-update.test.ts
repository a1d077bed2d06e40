import { describe, expect, it } from 'vitest';
import { C, POD } from '../../../../test/pod-sample.ts';
import { created, errorsOf, updated, withValue } from '../../../../test/strategy-harness.ts';

describe('an update', () => {
  const change = (path: string, value: unknown, from: object = POD): string[] => {
    const old = created('pods', from as { metadata: object });
    return errorsOf('pods', updated('pods', withValue(old, path, value), old), old);
  };

  it('takes scheduling gates away, and adds none', () => {
    const gated = withValue(POD, 'spec.schedulingGates', [{ name: 'a' }]);
    expect(change('spec.schedulingGates', [], gated)).toEqual([]);
    expect(change('spec.schedulingGates', [{ name: 'b' }])).toEqual([
      "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'b'",
    ]);
  });

  it('narrows the node selector of a gated pod', () => {
    const gated = withValue(POD, 'spec.schedulingGates', [{ name: 'a' }]);
    expect(change('spec.nodeSelector', { a: 'b' }, gated)).toEqual([]);
    expect(change('spec.nodeSelector', { a: 'b' })).toHaveLength(1);
  });

  it('keeps tolerations', () => {
    const tolerant = withValue(POD, 'spec.tolerations', [{ key: 'a', operator: 'Exists' }]);
    expect(change('spec.tolerations', [], tolerant)).toContainEqual(
      expect.stringMatching(
        /^spec.tolerations: Forbidden: existing toleration can not be modified/,
      ),
    );
  });

  it('keeps resources, which the resize subresource changes', () => {
    const path = `${C}.resources.limits.cpu`;
    expect(change(path, '2')).toEqual([
      expect.stringMatching(/^spec: Forbidden: pod updates may not change fields other than /),
    ]);
  });
});
