import type { MemoryRange } from './release-library.ts';

const HEADING = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+ +(\/.*)$/;
const ANY_HEADING = /^[0-9a-f]+-[0-9a-f]+ /;
const UNTOUCHED = /^Anonymous: +0 kB/;

/**
 * What a process has mapped of its program, can only read, and has no copies of its own of: whatever is
 * given back of it is read from the file again when it is next looked at. Other files are left out, since
 * a library may be unloaded, and memory that matters be where it was.
 * @param smaps text of `/proc/<pid>/smaps`
 * @param program what `/proc/<pid>/exe` leads to
 */
export function cleanMappings(smaps: string, program: string): MemoryRange[] {
  const ranges: MemoryRange[] = [];
  let range: MemoryRange | undefined;
  for (const line of smaps.split('\n')) {
    if (ANY_HEADING.test(line)) range = readOnlyPart(line, program);
    else if (range !== undefined && UNTOUCHED.test(line)) ranges.push(range);
  }
  return ranges;
}

function readOnlyPart(heading: string, program: string): MemoryRange | undefined {
  const [, from = '', to = '', permissions = '', path = ''] = HEADING.exec(heading) ?? [];
  if (path !== program || !/^r-[x-]p$/.test(permissions)) return undefined;
  const start = BigInt(`0x${from}`);
  return { start, length: BigInt(`0x${to}`) - start };
}
