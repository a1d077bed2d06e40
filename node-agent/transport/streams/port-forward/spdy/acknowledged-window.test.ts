import { describe, expect, it } from 'vitest';
import { AcknowledgedWindow } from './acknowledged-window.ts';

const PORTION = 64 * 1024;

/** Sends until there is no room; returns the pings that were due, and how much went out. */
function fill(window: AcknowledgedWindow, isDeaf = false): { pings: number[]; bytes: number } {
  const pings: number[] = [];
  let bytes = 0;
  while (window.hasRoom(isDeaf)) {
    const ping = window.sent(PORTION);
    bytes += PORTION;
    if (ping !== null) pings.push(ping);
  }
  return { pings, bytes };
}

describe('AcknowledgedWindow', () => {
  it('FORWARD-3: lets out no more than the window before a ping is answered', () => {
    const window = new AcknowledgedWindow();
    const { pings, bytes } = fill(window);
    expect(bytes).toBe(2 * 1024 * 1024);
    expect(pings.length).toBe(16);
    expect(pings.every((id) => id % 2 === 0)).toBe(true);
    window.answered(pings[3] ?? 0);
    expect(fill(window).bytes).toBe(4 * 128 * 1024);
  });

  it('FORWARD-3: an answer stands for all pings before it, and nothing for others', () => {
    const window = new AcknowledgedWindow();
    const { pings } = fill(window);
    window.answered(9999);
    expect(window.hasRoom(false)).toBe(false);
    window.answered(pings.at(-1) ?? 0);
    expect(fill(window).bytes).toBe(2 * 1024 * 1024);
    window.answered(pings[0] ?? 0);
    expect(window.hasRoom(false)).toBe(false);
  });

  it('FORWARD-3: more may go out while nothing can be heard, and that is bounded too', () => {
    const window = new AcknowledgedWindow();
    fill(window);
    expect(fill(window, true).bytes).toBe(30 * 1024 * 1024);
    expect(window.hasRoom(true)).toBe(false);
  });
});
