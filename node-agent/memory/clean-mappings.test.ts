import { expect, it } from 'vitest';
import { cleanMappings } from './clean-mappings.ts';

const mapping = (heading: string, anonymous: number): string =>
  [heading, 'Size:  8 kB', 'Rss:   8 kB', `Anonymous:  ${anonymous} kB`, 'VmFlags: rd mr'].join(
    '\n',
  );

it('AGENT-3: Only what the file of the program can give again is given back', () => {
  const smaps = [
    mapping('00400000-00402000 r-xp 00000000 fe:00 123   /opt/a b/node', 0),
    mapping('00500000-00502000 r--p 00001000 fe:00 123   /opt/a b/node', 4),
    mapping('00600000-00602000 rw-p 00002000 fe:00 123   /opt/a b/node', 0),
    mapping('00700000-00703000 r--p 00003000 fe:00 123   /opt/a b/node', 0),
    mapping('00800000-00802000 r--s 00000000 fe:00 123   /opt/a b/node', 0),
    mapping('7f0000000000-7f0000003000 r-xp 00000000 fe:00 5   /usr/lib/a.so', 0),
    mapping('7f0000008000-7f0000009000 r-xp 00000000 00:00 0   [vdso]', 0),
    mapping('7f000000a000-7f000000b000 r--p 00000000 00:00 0', 0),
  ].join('\n');
  expect(cleanMappings(smaps, '/opt/a b/node')).toEqual([
    { start: 0x400000n, length: 0x2000n },
    { start: 0x700000n, length: 0x3000n },
  ]);
});
