import { describe, expect, it } from 'vitest';
import { reachOf, serverURL } from './reach.ts';

const machine = { hostname: 'hut', addresses: ['192.0.2.7', '2001:db8::7'] };
const valuesOf = (address: string, further: readonly string[] = []) =>
  reachOf(address, further, machine).names.map(({ value }) => value);

describe('How a control plane is reached', () => {
  it('is by this machine only while it listens on loopback', () => {
    const { local, others } = reachOf('127.0.0.1', ['api.example.com'], machine);
    expect([local, others]).toEqual(['127.0.0.1', undefined]);
    expect(valuesOf('127.0.0.1')).toEqual(['localhost', 'hut', '127.0.0.1', '::1']);
  });

  it('is by every address of the machine where it listens on all', () => {
    const { local, others } = reachOf('0.0.0.0', [], machine);
    expect([local, others]).toEqual(['127.0.0.1', '192.0.2.7']);
    expect(valuesOf('0.0.0.0')).toEqual([
      'localhost',
      'hut',
      '127.0.0.1',
      '::1',
      '192.0.2.7',
      '2001:db8::7',
    ]);
    expect(reachOf('::', [], machine).local).toBe('::1');
  });

  it('is by the one that it listens on, and by the names that it has elsewhere', () => {
    const reach = reachOf('192.0.2.7', ['api.example.com', '198.51.100.1'], machine);
    expect([reach.local, reach.others]).toEqual(['192.0.2.7', 'api.example.com']);
    expect(reach.names.slice(-3)).toEqual([
      { type: 'ip', value: '192.0.2.7' },
      { type: 'dns', value: 'api.example.com' },
      { type: 'ip', value: '198.51.100.1' },
    ]);
  });

  it('is written as a URL', () => {
    expect(serverURL('::1', 6443)).toBe('https://[::1]:6443');
    expect(serverURL('hut', 6443)).toBe('https://hut:6443');
  });
});
