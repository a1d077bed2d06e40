import { describe, expect, it } from 'vitest';
import { pauseProgram } from './pause-program.ts';
import { tarArchive } from './tar.ts';

const ENTRY = 24;
const LOAD_ADDRESS = 0x400000n;

describe('The program of the sandbox', () => {
  it.each([
    { architecture: 'amd64' as const, wantMachine: 62 },
    { architecture: 'arm64' as const, wantMachine: 183 },
  ])('is a small static executable for $architecture', ({ architecture, wantMachine }) => {
    const file = pauseProgram(architecture);
    expect(file.subarray(0, 4).toString('latin1')).toBe('\u007fELF');
    expect(file.readUInt16LE(18)).toBe(wantMachine);
    expect(file.length).toBeLessThan(512);
    expect(Number(file.readBigUInt64LE(ENTRY) - LOAD_ADDRESS)).toBeLessThan(file.length);
  });

  it('on arm64 waits in ppoll and jumps back to wait again', () => {
    const file = pauseProgram('arm64');
    const start = Number(file.readBigUInt64LE(ENTRY) - LOAD_ADDRESS);
    const words = Array.from({ length: 14 }, (_, index) => file.readUInt32LE(start + index * 4));
    const [moveSystemCall, call, jump] = words.slice(-3);
    expect([moveSystemCall, call, jump]).toEqual([0xd2800928, 0xd4000001, 0x17fffffa]);
  });
});

describe('A tar archive', () => {
  it('has a header with a right checksum, the data, and an end', () => {
    const archive = tarArchive([{ name: 'pause', mode: 0o755, data: Buffer.from('hello') }]);
    const header = archive.subarray(0, 512);
    const stated = Number.parseInt(header.toString('latin1', 148, 154), 8);
    const blank = Buffer.from(header).fill(' ', 148, 156);
    expect(stated).toBe(blank.reduce((sum, byte) => sum + byte, 0));
    expect(archive.toString('latin1', 512, 517)).toBe('hello');
    expect(archive.length).toBe(512 * 4);
  });
});
