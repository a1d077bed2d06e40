import type { MemoryRange } from './release-library.ts';

const HEADING = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+ +(\/.*)$/;
const ANY_HEADING = /^[0-9a-f]+-[0-9a-f]+ /;
const UNTOUCHED = /^Anonymous: +0 kB/;
const DELETED = / \(deleted\)$/;

/**
 * What a process has mapped of files that it can only read, and has no copies of its own of, such as its
 * program: whatever is given back of it is read from the file again when it is next looked at.
 * @param smaps text of `/proc/<pid>/smaps`
 */
export function cleanMappings(smaps: string): MemoryRange[] {
  const ranges: MemoryRange[] = [];
  let range: MemoryRange | undefined;
  for (const line of smaps.split('\n')) {
    if (ANY_HEADING.test(line)) range = readOnlyFile(line);
    else if (range !== undefined && UNTOUCHED.test(line)) ranges.push(range);
  }
  return ranges;
}

function readOnlyFile(heading: string): MemoryRange | undefined {
  const [, from = '', to = '', permissions = '', path = ''] = HEADING.exec(heading) ?? [];
  const isReadOnly = /^r-[x-]p$/.test(permissions);
  if (!isReadOnly || DELETED.test(path)) return undefined;
  const start = BigInt(`0x${from}`);
  return { start, length: BigInt(`0x${to}`) - start };
}
