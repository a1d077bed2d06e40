/**
 * A shared library of a few instructions that gives memory back: Node has no call for it.
 *
 *   void node_register_module_v<abi>() {
 *     if (malloc_trim != NULL) malloc_trim(0);
 *     for (r : ranges) madvise(r.start, r.length, MADV_DONTNEED);
 *   }
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
/** The relocation that puts the address of a symbol into a word. */
const GLOBAL_DATA: Readonly<Record<Architecture, number>> = { x64: 6, arm64: 1025 };
const MADV_DONTNEED = 4;
const WORD = 8;

const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const PROGRAM_HEADERS = 4;
/** The largest page of both architectures: what may be written begins in a page of its own. */
const PAGE_SIZE = 0x10000;
const SYMBOL_SIZE = 24;
const RELOCATION_SIZE = 24;

const READ_EXECUTE = 5;
const READ_WRITE = 6;
const GLOBAL = 0x10;
const WEAK = 0x20;
/** Where the address of the C library's function is put, and what the loader reads and changes. */
const TRIM_AT = PAGE_SIZE;
const DYNAMIC_AT = TRIM_AT + WORD;
const SEGMENT = { load: 1, dynamic: 2, stack: 0x6474e551 } as const;
const TAG = {
  hash: 4,
  strings: 5,
  symbols: 6,
  relocations: 7,
  relocationsSize: 8,
  relocationSize: 9,
  stringsSize: 10,
  symbolSize: 11,
} as const;
/** Of the C library; one that has no such function leaves the word empty. */
const TRIM = 'malloc_trim';

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
  const strings = Buffer.from(`\0${name}\0${TRIM}\0`, 'latin1');
  const symbolsAt = HEADER_SIZE + PROGRAM_HEADERS * PROGRAM_HEADER_SIZE;
  const relocationsAt = symbolsAt + 3 * SYMBOL_SIZE;
  const hashAt = relocationsAt + RELOCATION_SIZE;
  const hash = hashTable();
  const tableAt = align(hashAt + hash.length);
  const table = rangeTable(ranges);
  const codeAt = tableAt + table.length;
  const assemble = architecture === 'x64' ? codeX64 : codeARM64;
  const code = assemble(TRIM_AT - codeAt, tableAt - codeAt);
  const stringsAt = codeAt + code.length;
  const textSize = stringsAt + strings.length;
  if (textSize > PAGE_SIZE) throw new RangeError(`${ranges.length} ranges are too many`);
  const relocation = words([
    [TRIM_AT, (2n << 32n) | BigInt(GLOBAL_DATA[architecture])],
    [0, 0],
  ]);
  const dynamic = words([
    [TAG.hash, hashAt],
    [TAG.strings, stringsAt],
    [TAG.symbols, symbolsAt],
    [TAG.relocations, relocationsAt],
    [TAG.relocationsSize, RELOCATION_SIZE],
    [TAG.relocationSize, RELOCATION_SIZE],
    [TAG.stringsSize, strings.length],
    [TAG.symbolSize, SYMBOL_SIZE],
    [0, 0],
  ]);

  const file = Buffer.alloc(DYNAMIC_AT + dynamic.length);
  writeHeader(file, MACHINE[architecture]);
  const dynamicSegment = { flags: READ_WRITE, at: DYNAMIC_AT, size: dynamic.length };
  const dataSegment = { flags: READ_WRITE, at: TRIM_AT, size: WORD + dynamic.length };
  writeSegments(file, [
    { type: SEGMENT.load, flags: READ_EXECUTE, at: 0, size: textSize, align: PAGE_SIZE },
    { type: SEGMENT.load, ...dataSegment, align: PAGE_SIZE },
    { type: SEGMENT.dynamic, ...dynamicSegment, align: WORD },
    // Without it the loader would make the process' stacks executable.
    { type: SEGMENT.stack, flags: READ_WRITE, at: 0, size: 0, align: 16 },
  ]);
  const own = { name: 1, binding: GLOBAL, section: 1, address: codeAt, size: code.length };
  writeSymbol(file, symbolsAt + SYMBOL_SIZE, own);
  const trim = { name: name.length + 2, binding: WEAK, section: 0, address: 0, size: 0 };
  writeSymbol(file, symbolsAt + 2 * SYMBOL_SIZE, trim);
  relocation.copy(file, relocationsAt, 0, RELOCATION_SIZE);
  hash.copy(file, hashAt);
  table.copy(file, tableAt);
  code.copy(file, codeAt);
  strings.copy(file, stringsAt);
  dynamic.copy(file, DYNAMIC_AT);
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

/** One bucket, and three symbols: none, ours, and one that is looked for elsewhere. */
function hashTable(): Buffer {
  const bytes = Buffer.alloc(24);
  [1, 3, 1, 0, 0, 0].forEach((value, index) => bytes.writeUInt32LE(value, index * 4));
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

interface FunctionSymbol {
  /** Where its name is in the strings. */
  readonly name: number;
  readonly binding: number;
  /** 0: not defined here. */
  readonly section: number;
  readonly address: number;
  readonly size: number;
}

function writeSymbol(file: Buffer, at: number, symbol: FunctionSymbol): void {
  file.writeUInt32LE(symbol.name, at);
  file.writeUInt8(symbol.binding | 2, at + 4); // a function
  file.writeUInt16LE(symbol.section, at + 6);
  file.writeBigUInt64LE(BigInt(symbol.address), at + 8);
  file.writeBigUInt64LE(BigInt(symbol.size), at + 16);
}

/**
 * Both are given as they are seen from the code's beginning.
 * @param trim where the address of the C library's function is
 * @param table where the ranges are
 */
function codeX64(trim: number, table: number): Buffer {
  const relative = (operation: readonly number[], target: number, at: number): number[] => {
    const offset = Buffer.alloc(4);
    offset.writeInt32LE(target - at - operation.length - offset.length);
    return [...operation, ...offset];
  };
  const push = [0x53]; // push rbx, which also aligns the stack for the call
  const loadTrim = relative([0x48, 0x8b, 0x05], trim, push.length); // mov rax, [rip + …]
  const callTrim = [0x31, 0xff, 0xff, 0xd0]; // xor edi, edi; call rax
  const testTrim = [0x48, 0x85, 0xc0, 0x74, callTrim.length]; // test rax, rax; je behind the call
  const start = [...push, ...loadTrim, ...testTrim, ...callTrim];
  const loadTable = relative([0x48, 0x8d, 0x1d], table, start.length); // lea rbx, [rip + …]
  const advise = [
    [0x48, 0x8b, 0x73, 0x08], // mov rsi, [rbx + 8]
    [0xba, MADV_DONTNEED, 0, 0, 0], // mov edx, …
    [0xb8, 28, 0, 0, 0], // mov eax, the number of madvise
    [0x0f, 0x05], // syscall
    [0x48, 0x83, 0xc3, 0x10], // add rbx, 16
  ].flat();
  const load = [0x48, 0x8b, 0x3b, 0x48, 0x85, 0xff]; // mov rdi, [rbx]; test rdi, rdi
  const leave = [0x74, advise.length + 2]; // je behind the jump
  const loop = [...load, ...leave, ...advise];
  const again = [0xeb, 256 - (loop.length + 2)];
  return Buffer.from([...start, ...loadTable, ...loop, ...again, 0x5b, 0xc3]); // pop rbx; ret
}

/** As {@link codeX64}. */
function codeARM64(trim: number, table: number): Buffer {
  const instructions: number[] = [];
  /** Loads the address of what is at an offset into x9. */
  const adr = (target: number): number => {
    const offset = target - instructions.length * 4;
    return 0x10000000 | ((offset & 3) << 29) | (((offset >> 2) & 0x7ffff) << 5) | 9;
  };
  instructions.push(0xa9bf7bfd); // stp x29, x30, [sp, #-16]!
  instructions.push(adr(trim));
  instructions.push(
    0xf9400129, // ldr x9, [x9]
    0xb4000069, // cbz x9, behind the call
    0xd2800000, // mov x0, 0
    0xd63f0120, // blr x9
  );
  instructions.push(adr(table));
  instructions.push(
    0xa8c10520, // ldp x0, x1, [x9], #16
    0xb40000a0, // cbz x0, behind the jump
    0x52800002 | (MADV_DONTNEED << 5), // mov w2, …
    0x52800008 | (233 << 5), // mov w8, the number of madvise
    0xd4000001, // svc 0
    0x17fffffb, // b -5 instructions
    0xa8c17bfd, // ldp x29, x30, [sp], #16
    0xd65f03c0, // ret
  );
  const code = Buffer.alloc(instructions.length * 4);
  instructions.forEach((instruction, index) => code.writeUInt32LE(instruction >>> 0, index * 4));
  return code;
}
