import { describe, expect, it } from 'vitest';
import { RESOURCES } from '../resource-table.ts';
import { beforeCreate } from './create.ts';
import { beforeUpdate } from './update.ts';

const CONTEXT = { now: 0, user: { name: 'test', groups: [] } };
const IDENTITIES = { uid: () => 'u', nameSuffix: () => 'abcde' };

describe('finalizers', () => {
  const maps = RESOURCES.get('configmaps')!;
  const configMap = (finalizers: string[]) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'default', resourceVersion: '7', finalizers },
  });
  const words =
    'metadata.finalizers[1]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified';

  it('must be standard or have a domain, when an object is made and when it is changed', () => {
    const wrong = () => configMap(['orphan', 'mine']);
    expect(() => beforeCreate(maps, wrong(), 'default', CONTEXT, IDENTITIES)).toThrow(words);
    const old = { ...configMap([]), metadata: { ...configMap([]).metadata, uid: 'u' } };
    expect(() => beforeUpdate(maps, '', wrong(), old, CONTEXT)).toThrow(words);
  });

  it('may be any of these', () => {
    for (const name of ['kubernetes', 'orphan', 'foregroundDeletion', 'example.com/mine']) {
      const object = configMap([name]);
      beforeCreate(maps, object, 'default', CONTEXT, IDENTITIES);
      expect(object.metadata.finalizers).toEqual([name]);
    }
  });
});
