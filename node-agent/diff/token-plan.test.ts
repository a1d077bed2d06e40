import { describe, expect, it } from 'vitest';
import type { DesiredPod } from './pod.ts';
import { planTokens, tokenRefreshAtMs } from './token-plan.ts';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;
const ISSUED = Date.parse('2026-01-01T00:00:00Z');

const pod = (volumes: DesiredPod['spec']['volumes']): DesiredPod => ({
  metadata: { namespace: 'default', name: 'web', uid: 'u' },
  spec: { containers: [], ...(volumes === undefined ? {} : { volumes }) },
});

describe('The tokens of a pod', () => {
  it('are what its volumes show, each once, with what the API server fills in', () => {
    const token = { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } };
    const vault = { serviceAccountToken: { path: 'vault', audience: 'vault' } };
    const volumes = [
      { name: 'a', projected: { sources: [token, { configMap: { name: 'c' } }] } },
      { name: 'b', projected: { sources: [token, vault] } },
      { name: 'c', emptyDir: {} },
    ];
    expect(planTokens(pod(volumes))).toEqual([
      { audience: '', expirationSeconds: 3607 },
      { audience: 'vault', expirationSeconds: 3600 },
    ]);
    expect(planTokens(pod(undefined))).toEqual([]);
  });

  it.each([
    { lifetime: 10 * MINUTE, random: 0, wantAfter: 8 * MINUTE },
    { lifetime: 3607, random: 0, wantAfter: 3607 - 721 },
    { lifetime: 10 * MINUTE, random: 0.5, wantAfter: 8 * MINUTE - 5 },
    { lifetime: 7 * DAY, random: 0, wantAfter: DAY },
  ])('of $lifetime s are replaced after $wantAfter s', ({ lifetime, random, wantAfter }) => {
    const issued = {
      token: 't',
      lifetimeSeconds: lifetime,
      expiresAtMs: ISSUED + lifetime * 1000,
    };
    expect(tokenRefreshAtMs(issued, random)).toBe(ISSUED + wantAfter * 1000);
  });
});
