export interface TarFile {
  readonly name: string;
  readonly mode: number;
  readonly data: Uint8Array;
}

const BLOCK = 512;

/** A tar archive (ustar) of small regular files; names have at most 100 bytes. */
export function tarArchive(files: readonly TarFile[]): Buffer {
  const parts = files.flatMap((file) => [
    header(file),
    Buffer.from(file.data),
    Buffer.alloc((BLOCK - (file.data.length % BLOCK)) % BLOCK),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header(file: TarFile): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, width: number): string =>
    `${value.toString(8).padStart(width - 1, '0')}\0`;
  block.write(file.name, 0, 100);
  block.write(octal(file.mode, 8), 100);
  block.write(octal(0, 8), 108); // owner
  block.write(octal(0, 8), 116); // group
  block.write(octal(file.data.length, 12), 124);
  block.write(octal(0, 12), 136); // modification time
  block.write('        ', 148); // the checksum counts as spaces while it is computed
  block.write('0', 156); // regular file
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 7)} `, 148);
  return block;
}
