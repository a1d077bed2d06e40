import { describe, expect, it } from 'vitest';
import { parseSchemeNamePort } from './scheme-name-port.ts';

describe('parseSchemeNamePort', () => {
  it.each([
    ['web', { scheme: 'http', name: 'web', port: '' }],
    ['web:', { scheme: 'http', name: 'web', port: '' }],
    ['web:80', { scheme: 'http', name: 'web', port: '80' }],
    ['web:metrics', { scheme: 'http', name: 'web', port: 'metrics' }],
    ['https:web:443', { scheme: 'https', name: 'web', port: '443' }],
    ['https:web:', { scheme: 'https', name: 'web', port: '' }],
    [':web:80', { scheme: 'http', name: 'web', port: '80' }],
    ['', null],
    [':80', null],
    ['ftp:web:80', null],
    ['https:web:80:1', null],
  ])('PROXY-1: reads %j', (text, want) => {
    expect(parseSchemeNamePort(text)).toEqual(want);
  });
});
