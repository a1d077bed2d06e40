/**
 * A shared library of a few hundred bytes that gives memory back: Node has no call for it.
 *
 *   void node_register_module_v<abi>() { for (r : ranges) madvise(r.start, r.length, MADV_DONTNEED); }
 *
 * Node calls the function of that name when it loads the library, and again at each further time.
 */
export type Architecture = 'x64' | 'arm64';

/** Memory from an address on; both are multiples of the page size. */
export interface MemoryRange {
  readonly start: bigint;
  readonly length: bigint;
}

const MACHINE: Readonly<Record<Architecture, number>> = { x64: 62, arm64: 183 };
const MADV_DONTNEED = 4;
const WORD = 8;

const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const PROGRAM_HEADERS = 4;
/** The largest page of both architectures: what may be written begins in a page of its own. */
const PAGE_SIZE = 0x10000;
const SYMBOL_SIZE = 24;

const READ_EXECUTE = 5;
const READ_WRITE = 6;
const SEGMENT = { load: 1, dynamic: 2, stack: 0x6474e551 } as const;
const TAG = { hash: 4, strings: 5, symbols: 6, stringsSize: 10, symbolSize: 11 } as const;

/**
 * The bytes of the library.
 * @param abi what `process.versions.modules` says
 */
export function releaseLibrary(
  architecture: Architecture,
  abi: string,
  ranges: readonly MemoryRange[],
): Buffer {
  const name = `node_register_module_v${abi}`;
  const strings = Buffer.from(`\0${name}\0`, 'latin1');
  const symbolsAt = HEADER_SIZE + PROGRAM_HEADERS * PROGRAM_HEADER_SIZE;
  const hashAt = symbolsAt + 2 * SYMBOL_SIZE;
  const hash = hashTable();
  const tableAt = align(hashAt + hash.length);
  const table = rangeTable(ranges);
  const codeAt = tableAt + table.length;
  const code = architecture === 'x64' ? codeX64(tableAt - codeAt) : codeARM64(tableAt - codeAt);
  const stringsAt = codeAt + code.length;
  const textSize = stringsAt + strings.length;
  if (textSize > PAGE_SIZE) throw new RangeError(`${ranges.length} ranges are too many`);
  const dynamic = words([
    [TAG.hash, hashAt],
    [TAG.strings, stringsAt],
    [TAG.symbols, symbolsAt],
    [TAG.stringsSize, strings.length],
    [TAG.symbolSize, SYMBOL_SIZE],
    [0, 0],
  ]);

  const file = Buffer.alloc(PAGE_SIZE + dynamic.length);
  writeHeader(file, MACHINE[architecture]);
  const dynamicSegment = { flags: READ_WRITE, at: PAGE_SIZE, size: dynamic.length };
  writeSegments(file, [
    { type: SEGMENT.load, flags: READ_EXECUTE, at: 0, size: textSize, align: PAGE_SIZE },
    { type: SEGMENT.load, ...dynamicSegment, align: PAGE_SIZE },
    { type: SEGMENT.dynamic, ...dynamicSegment, align: WORD },
    // Without it the loader would make the process' stacks executable.
    { type: SEGMENT.stack, flags: READ_WRITE, at: 0, size: 0, align: 16 },
  ]);
  writeSymbol(file, symbolsAt + SYMBOL_SIZE, codeAt, code.length);
  hash.copy(file, hashAt);
  table.copy(file, tableAt);
  code.copy(file, codeAt);
  strings.copy(file, stringsAt);
  dynamic.copy(file, PAGE_SIZE);
  return file;
}

const align = (offset: number): number => (offset + WORD - 1) & -WORD;

function words(rows: readonly (readonly [number | bigint, number | bigint])[]): Buffer {
  const bytes = Buffer.alloc(rows.length * 2 * WORD);
  rows.flat().forEach((value, index) => bytes.writeBigUInt64LE(BigInt(value), index * WORD));
  return bytes;
}

/** Ends with a start of 0. */
const rangeTable = (ranges: readonly MemoryRange[]): Buffer =>
  words([...ranges.map(({ start, length }) => [start, length] as const), [0, 0]]);

/** One bucket, and two symbols: none, and ours. */
function hashTable(): Buffer {
  const bytes = Buffer.alloc(20);
  [1, 2, 1, 0, 0].forEach((value, index) => bytes.writeUInt32LE(value, index * 4));
  return bytes;
}

function writeHeader(file: Buffer, machine: number): void {
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // magic, 64 bit, little endian, version
  file.writeUInt16LE(3, 16); // shared object
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(HEADER_SIZE), 32); // where the program headers are
  file.writeUInt16LE(HEADER_SIZE, 52);
  file.writeUInt16LE(PROGRAM_HEADER_SIZE, 54);
  file.writeUInt16LE(PROGRAM_HEADERS, 56);
}

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly at: number;
  readonly size: number;
  readonly align: number;
}

function writeSegments(file: Buffer, segments: readonly Segment[]): void {
  segments.forEach(({ type, flags, at, size, align: alignment }, index) => {
    const header = HEADER_SIZE + index * PROGRAM_HEADER_SIZE;
    file.writeUInt32LE(type, header);
    file.writeUInt32LE(flags, header + 4);
    // Offset in the file, address, physical address, size in the file, size in memory.
    [at, at, at, size, size, alignment].forEach((value, field) => {
      file.writeBigUInt64LE(BigInt(value), header + (1 + field) * WORD);
    });
  });
}

function writeSymbol(file: Buffer, at: number, address: number, size: number): void {
  file.writeUInt32LE(1, at); // its name is behind the first byte of the strings
  file.writeUInt8(0x12, at + 4); // global function
  file.writeUInt16LE(1, at + 6); // in a section: defined here
  file.writeBigUInt64LE(BigInt(address), at + 8);
  file.writeBigUInt64LE(BigInt(size), at + 16);
}

/** @param table where the table is, as seen from the code's beginning */
function codeX64(table: number): Buffer {
  const lea = Buffer.from([0x48, 0x8d, 0x1d, 0, 0, 0, 0]); // lea rbx, [rip + …]
  const push = [0x53];
  lea.writeInt32LE(table - push.length - lea.length, 3);
  const call = [
    [0x48, 0x8b, 0x73, 0x08], // mov rsi, [rbx + 8]
    [0xba, MADV_DONTNEED, 0, 0, 0], // mov edx, …
    [0xb8, 28, 0, 0, 0], // mov eax, the number of madvise
    [0x0f, 0x05], // syscall
    [0x48, 0x83, 0xc3, 0x10], // add rbx, 16
  ].flat();
  const load = [0x48, 0x8b, 0x3b, 0x48, 0x85, 0xff]; // mov rdi, [rbx]; test rdi, rdi
  const leave = [0x74, call.length + 2]; // je behind the jump
  const loop = [...load, ...leave, ...call];
  const again = [0xeb, 256 - (loop.length + 2)];
  return Buffer.from([...push, ...lea, ...loop, ...again, 0x5b, 0xc3]); // pop rbx; ret
}

/** @param table as for {@link codeX64} */
function codeARM64(table: number): Buffer {
  const adr = (0x10000000 | ((table & 3) << 29) | (((table >> 2) & 0x7ffff) << 5) | 9) >>> 0;
  const loop = [
    0xa8c10520, // ldp x0, x1, [x9], #16
    0xb4000000 | (5 << 5), // cbz x0, to ret
    0x52800002 | (MADV_DONTNEED << 5), // mov w2, …
    0x52800008 | (233 << 5), // mov w8, the number of madvise
    0xd4000001, // svc 0
    0x17fffffb, // b -5 instructions
  ];
  const instructions = [adr, ...loop, 0xd65f03c0]; // ret
  const code = Buffer.alloc(instructions.length * 4);
  instructions.forEach((instruction, index) => code.writeUInt32LE(instruction >>> 0, index * 4));
  return code;
}
