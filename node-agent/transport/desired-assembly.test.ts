import { describe, expect, it } from 'vitest';
import type { DesiredFrame } from '../sync/desired-state.ts';
import { DesiredAssembly } from './desired-assembly.ts';

const frame = (name: string, rest: Partial<DesiredFrame> = {}): DesiredFrame => ({
  type: 'desired',
  epoch: 'e',
  from: 0,
  position: 7,
  pods: [{ namespace: 'default', name, uid: name, pod: null }],
  objects: [],
  ...rest,
});

describe('the frames of one change of the desired state', () => {
  it('are taken as they come when a change is one frame', () => {
    const only = frame('a');
    expect(new DesiredAssembly().take(only)).toBe(only);
  });

  it('NODE-12: are applied only together, so that a full state is never taken for half of one', () => {
    const assembly = new DesiredAssembly();
    expect(assembly.take(frame('a', { more: true }))).toBeNull();
    expect(assembly.take(frame('b', { more: true }))).toBeNull();
    expect(assembly.take(frame('c'))?.pods.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(assembly.take(frame('d', { from: 7, position: 8 }))?.pods).toHaveLength(1);
  });

  it('are refused when another change begins before the last of them', () => {
    const assembly = new DesiredAssembly();
    assembly.take(frame('a', { more: true }));
    expect(() => assembly.take(frame('b', { position: 8 }))).toThrow('was not finished');
  });
});
