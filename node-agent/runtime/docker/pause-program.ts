/**
 * The program of the sandbox: a static ELF executable of a few hundred bytes that sleeps for ever
 * and, as process 1 of a shared PID namespace, has the kernel reap what is left to it.
 *
 *   rt_sigaction(SIGCHLD, { SIG_IGN }, NULL, 8); for (;;) pause();
 */
export type Architecture = 'amd64' | 'arm64';

const LOAD_ADDRESS = 0x400000;
const ELF_HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const CODE_OFFSET = ELF_HEADER_SIZE + PROGRAM_HEADER_SIZE;
/** struct sigaction of the kernel: handler, flags, restorer, mask; 8 bytes each. */
const SIGACTION_SIZE = 32;
const SIG_IGN = 1n;
const SIGCHLD = 17;
const SIGSET_SIZE = 8;

const MACHINE: Record<Architecture, number> = { amd64: 62, arm64: 183 };

/** The bytes of the executable for one architecture. */
export function pauseProgram(architecture: Architecture): Buffer {
  const assemble = architecture === 'amd64' ? assembleAMD64 : assembleARM64;
  const codeSize = assemble(0).length;
  const sigactionOffset = align8(CODE_OFFSET + codeSize);
  const size = sigactionOffset + SIGACTION_SIZE;
  const file = Buffer.alloc(size);
  writeELFHeader(file, MACHINE[architecture]);
  writeProgramHeader(file, size);
  assemble(LOAD_ADDRESS + sigactionOffset).copy(file, CODE_OFFSET);
  file.writeBigUInt64LE(SIG_IGN, sigactionOffset);
  return file;
}

const align8 = (offset: number): number => (offset + 7) & ~7;

function writeELFHeader(file: Buffer, machine: number): void {
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // magic, 64 bit, little endian, version
  file.writeUInt16LE(2, 16); // executable
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(LOAD_ADDRESS + CODE_OFFSET), 24); // entry point
  file.writeBigUInt64LE(BigInt(ELF_HEADER_SIZE), 32); // where the program headers are
  file.writeUInt16LE(ELF_HEADER_SIZE, 52);
  file.writeUInt16LE(PROGRAM_HEADER_SIZE, 54);
  file.writeUInt16LE(1, 56); // one program header
}

function writeProgramHeader(file: Buffer, size: number): void {
  const at = ELF_HEADER_SIZE;
  file.writeUInt32LE(1, at); // loadable segment
  file.writeUInt32LE(5, at + 4); // readable, executable
  file.writeBigUInt64LE(BigInt(LOAD_ADDRESS), at + 16);
  file.writeBigUInt64LE(BigInt(LOAD_ADDRESS), at + 24);
  file.writeBigUInt64LE(BigInt(size), at + 32);
  file.writeBigUInt64LE(BigInt(size), at + 40);
  file.writeBigUInt64LE(0x1000n, at + 48);
}

function assembleAMD64(sigactionAddress: number): Buffer {
  const movImmediate = (opcode: number[], value: number): number[] => {
    const word = Buffer.alloc(4);
    word.writeUInt32LE(value);
    return [...opcode, ...word];
  };
  const syscall = [0x0f, 0x05];
  const setUp = [
    ...movImmediate([0xb8], 13), // eax: rt_sigaction
    ...movImmediate([0xbf], SIGCHLD), // edi
    ...movImmediate([0xbe], sigactionAddress), // esi
    0x31,
    0xd2, // xor edx, edx
    ...movImmediate([0x41, 0xba], SIGSET_SIZE), // r10d
    ...syscall,
  ];
  const sleep = [...movImmediate([0xb8], 34), ...syscall]; // eax: pause
  const jump = [0xeb, 256 - (sleep.length + 2)];
  return Buffer.from([...setUp, ...sleep, ...jump]);
}

function assembleARM64(sigactionAddress: number): Buffer {
  const SVC = 0xd4000001;
  const movz = (register: number, value: number): number =>
    (0xd2800000 | (value << 5) | register) >>> 0;
  const movkHigh = (register: number, value: number): number =>
    (0xf2a00000 | (value << 5) | register) >>> 0;
  const setUp = [
    movz(0, SIGCHLD),
    movz(1, sigactionAddress & 0xffff),
    movkHigh(1, sigactionAddress >>> 16),
    movz(2, 0),
    movz(3, SIGSET_SIZE),
    movz(8, 134), // rt_sigaction
    SVC,
  ];
  // ppoll with no descriptors, no timeout and no mask: arm64 has no pause.
  const sleep = [movz(0, 0), movz(1, 0), movz(2, 0), movz(3, 0), movz(8, 73), SVC];
  const jump = (0x14000000 | (-sleep.length & 0x3ffffff)) >>> 0;
  const instructions = [...setUp, ...sleep, jump];
  const code = Buffer.alloc(instructions.length * 4);
  instructions.forEach((instruction, index) => code.writeUInt32LE(instruction, index * 4));
  return code;
}
