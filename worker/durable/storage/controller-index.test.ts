import { describe, expect, it } from 'vitest';
import { ControllerIndex } from './controller-index.ts';

const stored = () => [
  { name: 'b', controllerUID: 'rs' },
  { name: 'a', controllerUID: 'rs' },
  { name: 'stray', controllerUID: null },
];

describe('ControllerIndex', () => {
  it('knows what is stored, in the order of names', () => {
    const index = new ControllerIndex({ controllers: stored });
    expect(index.names('pods', 'rs')).toEqual(['a', 'b']);
    expect(index.names('pods', null)).toEqual(['stray']);
    expect(index.names('pods', 'nobody')).toEqual([]);
  });

  it('follows writes: new ones, adoption, release and removal', () => {
    const index = new ControllerIndex({ controllers: stored });
    expect(index.names('pods', 'rs')).toHaveLength(2);
    index.put('pods', 'aa', 'rs');
    index.put('pods', 'stray', 'rs');
    index.put('pods', 'a', null);
    index.put('pods', 'b', 'rs');
    expect(index.names('pods', 'rs')).toEqual(['aa', 'b', 'stray']);
    expect(index.names('pods', null)).toEqual(['a']);
    index.remove('pods', 'b');
    index.remove('pods', 'nobody');
    expect(index.names('pods', 'rs')).toEqual(['aa', 'stray']);
  });

  it('reads a resource once, when it is first asked for, and again when it was forgotten', () => {
    let reads = 0;
    const controllers = () => {
      reads += 1;
      return stored();
    };
    const index = new ControllerIndex({ controllers });
    index.put('pods', 'unread', 'rs');
    expect(reads).toBe(0);
    index.names('pods', 'rs');
    index.names('pods', null);
    expect(reads).toBe(1);
    index.put('pods', 'undone', 'rs');
    index.forget('pods');
    expect(index.names('pods', 'rs')).toEqual(['a', 'b']);
    expect(reads).toBe(2);
  });
});
