import { describe, expect, it } from 'vitest';
import { WINDOW } from '../../../test/fakes/fake-stream.ts';
import {
  container,
  execRequest,
  FOREVER,
  logRequest,
  pod,
  ref,
  run,
  setUp,
  useEngine,
} from '../../../test/fakes/engine-node.ts';

useEngine();

describe('Streams of a Docker engine', () => {
  it('serves exec with exit codes, input, half-close and separate output streams', async () => {
    const { plane } = await setUp();
    const web = pod('web', { containers: [container('main', FOREVER)] });
    plane.setPod(web);
    await plane.untilReady(web);
    const both = await run(plane, web, 'echo out; echo err >&2; exit 7');
    expect([both.text(1), both.text(2), both.endedInOrder]).toEqual(['out\n', 'err\n', true]);
    expect(JSON.parse(both.text(3))).toMatchObject({
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    });
    const cat = await plane.openStream(execRequest(web, ['cat'], { stdin: true }));
    cat.send(0, 'some ');
    cat.send(0, 'input');
    cat.send(255, Uint8Array.of(0));
    await cat.ended;
    expect(cat.text(1)).toBe('some input');
    expect(JSON.parse(cat.text(3))).toEqual({ metadata: {}, status: 'Success' });
    const script = 'until [ "$(stty size)" = "40 120" ]; do sleep 0.05; done; echo sized';
    const sized = execRequest(web, ['sh', '-c', script.replace('stty', 'busybox stty')], {
      tty: true,
      stdin: true,
      stderr: false,
    });
    const tty = await plane.openStream(sized);
    tty.send(4, JSON.stringify({ Width: 120, Height: 40 }));
    await tty.ended;
    expect(tty.text(1)).toContain('sized');
    const nowhere = await plane.openStream(execRequest(web, ['true'], { container: 'other' }));
    expect(nowhere.refusal).toEqual({
      code: 400,
      message: 'container other is not valid for pod web',
    });
  });

  it('sends no more than the credit, however fast the process writes', async () => {
    const { plane } = await setUp();
    const web = pod('web', { containers: [container('main', FOREVER)] });
    plane.setPod(web);
    await plane.untilReady(web);
    const script = 'busybox dd if=/dev/zero bs=65536 count=64 2>/dev/null';
    const opening = plane.openStream(execRequest(web, ['sh', '-c', script]));
    const stream = await opening;
    stream.grantsCredit = false;
    const size = () => stream.payload.reduce((sum, message) => sum + message.length, 0);
    await stream.until(() => size() > WINDOW - 2 * 32 * 1024);
    const before = size();
    expect(before).toBeLessThanOrEqual(2 * WINDOW);
    stream.grantsCredit = true;
    stream.grant(before);
    await stream.ended;
    expect(stream.text(1).length).toBe(64 * 65536);
  });

  it('serves logs: followed, previous, tailed, with timestamps, limited', async () => {
    const { plane } = await setUp();
    const script = 'echo one; echo two; echo three; read line; exit 0';
    const web = pod('web', {
      containers: [container('main', script, { stdin: true })],
    });
    plane.setPod(web);
    await plane.untilReady(web);
    const noPrevious = await plane.openStream(logRequest(web, { previous: true }));
    expect(noPrevious.refusal?.message).toBe(
      'previous terminated container "main" in pod "web" not found',
    );
    const followed = await plane.openStream(logRequest(web, { follow: true }));
    await followed.until(() => followed.text().includes('three'));
    const attached = await plane.openStream({
      ...execRequest(web, [], { stdin: true }),
      kind: 'attach',
    });
    attached.send(0, 'go\n');
    await followed.ended;
    expect([followed.text(), followed.endedInOrder]).toEqual(['one\ntwo\nthree\n', true]);
    await plane.until('restarted', () => {
      const status = plane.statuses.get(ref(web).uid)?.['containerStatuses'] as
        | { restartCount: number; ready: boolean }[]
        | undefined;
      return status?.[0]?.restartCount === 1 && status[0].ready;
    });
    const log = async (more: object): Promise<string> => {
      const stream = await plane.openStream(logRequest(web, more));
      await stream.ended;
      return stream.text();
    };
    expect(await log({ previous: true })).toBe('one\ntwo\nthree\n');
    expect(await log({ previous: true, tailLines: 1 })).toBe('three\n');
    expect(await log({ previous: true, limitBytes: 5 })).toBe('one\nt');
    expect(await log({ previous: true, tailLines: 1, timestamps: true })).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z three\n$/,
    );
    expect(await log({ previous: true, sinceTime: '2100-01-01T00:00:00Z' })).toBe('');
  });
});
