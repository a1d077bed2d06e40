import { expect, it } from 'vitest';
import { PlanAttempts } from './plan-attempts.ts';

const item = (key: string) => ({ worker: 'planner', key, attempts: 0, ticket: 0 });
const run = { attempts: [], pending: [], write: () => null };
const never = () => new Promise<never>(() => undefined);

it('lets a bounded number of keys wait for answers, until their plans come to an end', async () => {
  const attempts = new PlanAttempts();
  const waiting = Array.from({ length: 1_000 }, (_, i) => item(`k${i}`));
  for (const one of waiting) {
    expect(attempts.hasRoomFor(one)).toBe(true);
    await attempts.ask(one, run, never);
  }
  expect(attempts.hasRoomFor(item('another'))).toBe(false);
  // One that waits already may ask again: its writes may have more questions than one.
  expect(attempts.hasRoomFor(item('k7'))).toBe(true);
  attempts.forget(item('k7'));
  expect(attempts.hasRoomFor(item('another'))).toBe(true);
});
