import { describe, expect, it } from 'vitest';
import { encodeBase64Text } from '../../registry/base64.ts';
import { NAMESPACE_PLANNERS } from '../index.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { START } from '../testing/samples.ts';

const NAME = 'bootstrap-token-abcdef';

function newWorld(namespace: string) {
  const store = new MemoryStore({ namespace, planners: NAMESPACE_PLANNERS, now: START });
  store.create('secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: NAME },
    type: 'bootstrap.kubernetes.io/token',
    data: expiring('2026-01-01T01:00:00Z'),
  });
  store.settle();
  return { store, isThere: () => store.objects.get('secrets', NAME) !== null };
}

const expiring = (expiration: string) => ({
  'token-id': encodeBase64Text('abcdef'),
  'token-secret': encodeBase64Text('0123456789abcdef'),
  expiration: encodeBase64Text(expiration),
});

describe('a bootstrap token', () => {
  it('goes when it expires, and not before', () => {
    const { store, isThere } = newWorld('kube-system');
    store.advance(3_599_999);
    expect(isThere()).toBe(true);
    store.advance(1);
    expect(isThere()).toBe(false);
  });

  it('goes when the expiration that it was given last has come', () => {
    const { store, isThere } = newWorld('kube-system');
    store.edit('secrets', NAME, (secret) =>
      Object.assign(secret, { data: expiring('2026-01-01T02:00:00Z') }),
    );
    store.settle();
    store.advance(3_600_000);
    expect(isThere()).toBe(true);
    store.advance(3_600_000);
    expect(isThere()).toBe(false);
  });

  it('is none outside kube-system', () => {
    const { store, isThere } = newWorld('shop');
    store.advance(86_400_000);
    expect(isThere()).toBe(true);
  });
});
