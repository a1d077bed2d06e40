import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { BindingIndex } from './binding-index.ts';

const binding = (name: string, ...subjects: object[]): KubernetesObject => ({
  metadata: { name },
  roleRef: { kind: 'ClusterRole', name: 'r' },
  subjects,
});

const names = (index: BindingIndex, name: string, ...groups: string[]): string[] =>
  index.of({ name, groups }).map(({ binding: { metadata }, subjectOrder }) => {
    return `${metadata.name ?? ''}/${subjectOrder}`;
  });

it('what is found of a user is what he has, however many others there are', () => {
  const others = Array.from({ length: 1000 }, (_, i) =>
    binding(`b${i}`, { kind: 'User', name: `u${i}` }, { kind: 'Group', name: `g${i}` }),
  );
  const index = new BindingIndex([...others, binding('mine', { kind: 'User', name: 'me' })], '');
  expect(names(index, 'me', 'g7', 'none')).toEqual(['b7/1', 'mine/0']);
});

it('a binding is found once, by the first subject that the user is', () => {
  const [user, group] = [
    { kind: 'User', name: 'me' },
    { kind: 'Group', name: 'g' },
  ];
  const index = new BindingIndex(
    [
      binding('a', { kind: 'User', name: 'x' }, group, user),
      binding('b', user, group),
      binding('c'),
      { metadata: { name: 'd' }, subjects: null },
    ],
    '',
  );
  expect(names(index, 'me', 'g', 'g')).toEqual(['a/1', 'b/0']);
});
