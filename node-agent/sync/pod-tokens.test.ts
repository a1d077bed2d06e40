import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DesiredPod } from '../diff/pod.ts';
import { tokenKey } from '../diff/token-plan.ts';
import type { IssuedToken } from '../diff/token-plan.ts';
import { ManualClock } from '../manual-clock.ts';
import { RequestedTokens } from './pod-tokens.ts';
import type { StoredTokens } from './pod-tokens.ts';

const NEED = { audience: '', expirationSeconds: 600 };
const POD: DesiredPod = {
  metadata: { namespace: 'default', name: 'web', uid: 'u' },
  spec: {
    containers: [],
    volumes: [
      {
        name: 'v',
        projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 600 } }] },
      },
    ],
  },
};

let clock: ManualClock;
/** The requests under way. */
let asked: PromiseWithResolvers<IssuedToken>[];
let kept: Map<string, StoredTokens | undefined>;
let log: string;

beforeEach(() => {
  clock = new ManualClock();
  asked = [];
  kept = new Map();
  log = '';
});

function newTokens(stored: ReadonlyMap<string, StoredTokens> = new Map()): RequestedTokens {
  const logger = pino({ level: 'debug' }, { write: (line: string) => void (log += line) });
  const request = (): Promise<IssuedToken> => {
    const answer = Promise.withResolvers<IssuedToken>();
    asked.push(answer);
    return answer.promise;
  };
  const keep = (uid: string, tokens: StoredTokens | undefined) => void kept.set(uid, tokens);
  return new RequestedTokens({ request, clock, logger, random: () => 0, keep }, stored);
}

const issued = (token: string): IssuedToken => ({
  token,
  lifetimeSeconds: 600,
  expiresAtMs: clock.now() + 600_000,
});

/** Begins what is due, lets it end, and answers whether the pod had to wait for it. */
async function prepare(tokens: RequestedTokens, outcome: IssuedToken | Error): Promise<boolean> {
  const changed = Promise.withResolvers<void>();
  const ready = tokens.prepare(POD, changed.resolve);
  const request = asked.at(-1);
  if (outcome instanceof Error) request?.reject(outcome);
  else request?.resolve(outcome);
  await changed.promise;
  return ready;
}

describe('Tokens that are asked for', () => {
  it('are asked for once, waited for the first time, and kept', async () => {
    const tokens = newTokens();
    expect(await prepare(tokens, issued('token-1'))).toBe(false);
    expect(tokens.prepare(POD, () => undefined)).toBe(true);
    expect(tokens.token(POD, NEED)).toBe('token-1');
    expect(asked).toHaveLength(1);
    expect(kept.get('u')).toEqual({ [tokenKey(NEED)]: issued('token-1') });
  });

  it('are replaced when 80 % of their life is over; the old one serves until then', async () => {
    const tokens = newTokens();
    await prepare(tokens, issued('token-1'));
    expect(tokens.nextAtMs('u')).toBe(clock.now() + 480_000);
    clock.advance(479_999);
    tokens.prepare(POD, () => undefined);
    expect(asked).toHaveLength(1);
    clock.advance(1);
    expect(await prepare(tokens, issued('token-2'))).toBe(true);
    expect(tokens.token(POD, NEED)).toBe('token-2');
  });

  it('stay in use when they cannot be replaced, beyond their end', async () => {
    const tokens = newTokens();
    await prepare(tokens, issued('token-1'));
    clock.advance(700_000);
    expect(await prepare(tokens, new Error('connect ECONNREFUSED'))).toBe(true);
    expect(tokens.token(POD, NEED)).toBe('token-1');
    expect(tokens.nextAtMs('u')).toBe(clock.now() + 60_000);
    expect(log).toContain('ECONNREFUSED');
    expect(log).not.toContain('token-1');
  });

  it('are asked for again a while after a refusal, which says why there is none', async () => {
    const tokens = newTokens();
    await prepare(tokens, new Error('serviceaccounts "x" not found'));
    expect(tokens.prepare(POD, () => undefined)).toBe(true);
    expect(() => tokens.token(POD, NEED)).toThrow(
      'failed to fetch token: serviceaccounts "x" not found',
    );
    clock.advance(10_000);
    expect(await prepare(tokens, issued('token-1'))).toBe(false);
    expect(tokens.token(POD, NEED)).toBe('token-1');
  });

  it('that look old when they come are not asked for again at once', async () => {
    const tokens = newTokens();
    await prepare(tokens, { ...issued('token-1'), expiresAtMs: clock.now() });
    expect(tokens.nextAtMs('u')).toBe(clock.now() + 60_000);
  });

  it('are there after a restart, without a control plane', () => {
    const tokens = newTokens(new Map([['u', { [tokenKey(NEED)]: issued('token-1') }]]));
    expect(tokens.prepare(POD, () => undefined)).toBe(true);
    expect(tokens.token(POD, NEED)).toBe('token-1');
    expect(asked).toEqual([]);
  });

  it('are forgotten with their pod, also one that comes too late', async () => {
    const tokens = newTokens();
    const changed = Promise.withResolvers<void>();
    tokens.prepare(POD, changed.resolve);
    tokens.forget('u');
    asked[0]?.resolve(issued('token-1'));
    await changed.promise;
    expect([...kept]).toEqual([['u', undefined]]);
  });
});
