import { evictDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { env } from '../../test/workerd/env.ts';
import { freshCluster } from '../../test/workerd/stores.ts';
import { directoryStub } from './stubs.ts';

const HOUR_MS = 3_600_000;
const directory = () => directoryStub(env);

/** Files a token of its own for each test: there is one directory for all. */
async function fileToken(options: { nodeName?: string; cluster?: string } = {}) {
  const cluster = options.cluster ?? freshCluster();
  const hash = `hash-of-${cluster}`;
  const expiresAt = Date.now() + HOUR_MS;
  await directory().addEnrolmentToken({
    hash,
    cluster,
    nodeName: options.nodeName ?? null,
    expiresAt,
  });
  return { hash, cluster };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('an enrolment token', () => {
  it('AUTH-1: is good once, for whoever comes first, through eviction', async () => {
    const { hash, cluster } = await fileToken();
    const racers = await Promise.all(
      ['n1', 'n2', 'n3'].map((node) => directory().redeemEnrolmentToken(hash, cluster, node, node)),
    );
    expect(racers.filter(({ ok }) => ok)).toHaveLength(1);
    await evictDurableObject(directory());
    expect(await directory().redeemEnrolmentToken(hash, cluster, 'n4', 'k')).toEqual({
      ok: false,
      why: 'used',
    });
  });

  it('AUTH-1: may be repeated by the same node with the same key, whose answer was lost', async () => {
    const { hash, cluster } = await fileToken();
    const redeem = (key: string) => directory().redeemEnrolmentToken(hash, cluster, 'n1', key);
    expect(await redeem('k')).toMatchObject({ ok: true });
    expect(await redeem('k')).toMatchObject({ ok: true });
    expect(await redeem('another')).toEqual({ ok: false, why: 'used' });
  });

  it('AUTH-2: expires', async () => {
    const { hash, cluster } = await fileToken();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + HOUR_MS + 1 });
    const late = await directory().redeemEnrolmentToken(hash, cluster, 'n1', 'k');
    expect(late).toEqual({ ok: false, why: 'expired' });
  });

  it('AUTH-2: is for its cluster, and for its node if it names one', async () => {
    const { hash, cluster } = await fileToken({ nodeName: 'n1' });
    const redeem = (c: string, node: string) =>
      directory().redeemEnrolmentToken(hash, c, node, 'k');
    expect(await redeem('elsewhere', 'n1')).toEqual({ ok: false, why: 'unknown' });
    expect(await redeem(cluster, 'n2')).toEqual({ ok: false, why: 'other-node' });
    expect(await redeem(cluster, 'n1')).toEqual({ ok: true, bound: true });
  });

  it('AUTH-2: that nobody filed is unknown', async () => {
    const answer = await directory().redeemEnrolmentToken('nothing', 'default', 'n1', 'k');
    expect(answer).toEqual({ ok: false, why: 'unknown' });
  });
});
