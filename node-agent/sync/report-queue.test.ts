import { describe, expect, it } from 'vitest';
import { ReportQueue } from './report-queue.ts';

const pod = (uid: string) => ({ namespace: 'default', name: uid, uid });

describe('The queue of reports', () => {
  it('has one frame under way at a time, and joins what comes meanwhile', () => {
    const queue = new ReportQueue();
    queue.podStatus(pod('a'), { phase: 'Pending' });
    const first = queue.take();
    expect(first).toMatchObject({ seq: 1, podStatuses: [{ uid: 'a' }] });
    queue.podStatus(pod('a'), { phase: 'Running' });
    queue.podStatus(pod('a'), { phase: 'Succeeded' });
    expect(queue.take()).toBeUndefined();
    queue.answered(1);
    expect(queue.take()).toMatchObject({
      seq: 2,
      podStatuses: [{ status: { phase: 'Succeeded' } }],
    });
  });

  it('says again what was not answered, unless there is newer', () => {
    const queue = new ReportQueue();
    queue.podStatus(pod('a'), { phase: 'Pending' });
    queue.podStatus(pod('b'), { phase: 'Pending' });
    queue.take();
    queue.podStatus(pod('a'), { phase: 'Running' });
    queue.rewind();
    const again = queue.take();
    expect(again?.podStatuses?.map(({ uid, status }) => [uid, status['phase']])).toEqual([
      ['a', 'Running'],
      ['b', 'Pending'],
    ]);
  });

  it('SHUTDOWN-1: says when all was heard, what came meanwhile and what had to be said again included', async () => {
    const queue = new ReportQueue();
    await queue.whenTold();
    queue.podStatus(pod('a'), { phase: 'Running' });
    let isTold = false;
    const told = queue.whenTold().then(() => (isTold = true));
    queue.take();
    queue.nodeStatus({});
    queue.answered(1);
    queue.take();
    queue.rewind();
    queue.take();
    await Promise.resolve();
    expect(isTold).toBe(false);
    queue.answered(3);
    await told;
  });

  it('ignores the answer to an older frame', () => {
    const queue = new ReportQueue();
    queue.podTerminated(pod('a'));
    queue.take();
    queue.rewind();
    queue.take();
    queue.answered(1);
    expect(queue.take()).toBeUndefined();
    queue.podTerminated(pod('b'));
    queue.answered(2);
    expect(queue.take()?.podsTerminated).toEqual([pod('b')]);
  });

  it('never says that a pod is gone before its last status', () => {
    const queue = new ReportQueue();
    for (let index = 0; index < 400; index++) queue.podStatus(pod(`p${index}`), {});
    queue.podTerminated(pod('p399'));
    expect(queue.take()?.podsTerminated).toBeUndefined();
    queue.answered(1);
    const second = queue.take();
    expect(second?.podsTerminated).toEqual([pod('p399')]);
    expect(second?.podStatuses?.some(({ uid }) => uid === 'p399')).toBe(true);
  });

  it('keeps a bounded number of events', () => {
    const queue = new ReportQueue();
    const event = {
      regarding: { kind: 'Pod', ...pod('a') },
      type: 'Normal' as const,
      reason: 'Pulled',
      firstTimestamp: '',
      lastTimestamp: '',
      count: 1,
    };
    for (let index = 0; index < 3000; index++) {
      queue.event(String(index), { ...event, message: String(index) });
    }
    let seen = 0;
    for (let frame = queue.take(); frame !== undefined; frame = queue.take()) {
      seen += frame.events?.length ?? 0;
      queue.answered(frame.seq);
    }
    expect(seen).toBe(1000);
  });
});
