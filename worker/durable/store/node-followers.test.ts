import { describe, expect, it } from 'vitest';
import { NodeFollowers } from './node-followers.ts';

function newFollowers() {
  const values = new Map<string, string>();
  return new NodeFollowers({
    get: (key) => values.get(key) ?? null,
    set: (key, value) => void values.set(key, value),
  });
}

describe('the followers of Nodes', () => {
  it('are those that asked, each once', () => {
    const followers = newFollowers();
    for (const namespace of ['a', 'b', 'a']) followers.add(namespace);
    expect([...followers.marks().keys()]).toEqual(['b', 'a']);
  });

  it('are forgotten when they do not want to know any more', () => {
    const followers = newFollowers();
    followers.add('a');
    followers.remove('a', followers.marks().get('a') ?? 0);
    expect(followers.marks().size).toBe(0);
  });

  it('stay when they have asked again since', () => {
    const followers = newFollowers();
    followers.add('a');
    const mark = followers.marks().get('a') ?? 0;
    followers.add('a');
    followers.remove('a', mark);
    expect(followers.marks().size).toBe(1);
  });
});
