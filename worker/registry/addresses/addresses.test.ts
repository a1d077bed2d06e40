import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { invalid } from '../../../apimachinery/field-error.ts';
import { cidrWarnings, ipWarnings } from './ip-warnings.ts';
import { containsIP, formatIP, parseBlock, parseIP } from './parse-ip.ts';
import {
  validateCanonicalCIDR,
  validateCanonicalIP,
  validateCIDR,
  validateEndpointIP,
  validateIP,
} from './validate-ip.ts';

interface Case {
  readonly id: string;
  readonly in: { readonly check: string; readonly value: string };
  readonly out: { readonly errors?: object[]; readonly messages?: string[] };
}

const casesOf = (file: string): Case[] =>
  readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Case);

// The recordings leave the strict rules of addresses aside, which v1.36 has on.
const STRICTER = new Map([['validation-0459', 'must not have an IPv4-mapped IPv6 address']]);

const CHECKS: Readonly<Record<string, (value: string) => object[] | string[]>> = {
  ip: (value) => validateCanonicalIP(value, 'field'),
  cidr: (value) => validateCanonicalCIDR(value, 'field'),
  ipLegacy: (value) => validateIP(value, 'field'),
  cidrLegacy: (value) => validateCIDR(value, 'field'),
  ipWarnings: (value) => ipWarnings(value, 'field'),
  cidrWarnings: (value) => cidrWarnings(value, 'field'),
};

describe('what the Go code of Kubernetes says', () => {
  it.each([...casesOf('addresses.jsonl'), ...casesOf('older-fields.jsonl')])(
    '$id: $in.check of $in.value',
    ({ id, in: { check, value }, out }) => {
      const detail = STRICTER.get(id);
      expect(CHECKS[check]!(value)).toEqual(
        detail === undefined ? (out.errors ?? out.messages) : [invalid('field', value, detail)],
      );
    },
  );
});

it.each([
  [validateIP, '010.0.0.1', 'must not have leading 0s'],
  [validateIP, '::ffff:010.0.0.1', 'must not have leading 0s'],
  [validateIP, '::ffff:10.0.0.1', 'must not be an IPv4-mapped IPv6 address'],
  [validateIP, '::ffff:a00:1', 'must not be an IPv4-mapped IPv6 address'],
  [validateCIDR, '10.0.0.0/08', 'must not have leading 0s in IP or prefix length'],
  [validateCIDR, '10.00.0.0/8', 'must not have leading 0s in IP or prefix length'],
  [validateCIDR, '10.0.0.1/8', 'must not have bits set beyond the prefix length'],
  [validateCIDR, '2001:db8::1/64', 'must not have bits set beyond the prefix length'],
  [validateCIDR, '2001:db8:8000::/32', 'must not have bits set beyond the prefix length'],
])('%o says of %s that it %s, unless it was there before', (validate, value, detail) => {
  expect(validate(value, 'f')).toEqual([invalid('f', value, detail)]);
  expect(validate(value, 'f', [value])).toEqual([]);
});

it.each<[warningsOf: typeof ipWarnings, value: string, ...want: string[]]>([
  [ipWarnings, '10.0.0.1'],
  [ipWarnings, '2001:db8::1:0:0:1'],
  [
    ipWarnings,
    '010.0.0.1',
    'non-standard IP address "010.0.0.1" will be considered invalid in a future Kubernetes release: use "10.0.0.1"',
  ],
  [
    ipWarnings,
    '::ffff:10.0.0.1',
    'non-standard IP address "::ffff:10.0.0.1" will be considered invalid in a future Kubernetes release: use "10.0.0.1"',
  ],
  [
    ipWarnings,
    '2001:db8:0:0:1::1',
    'IPv6 address "2001:db8:0:0:1::1" should be in RFC 5952 canonical format ("2001:db8::1:0:0:1")',
  ],
  [
    cidrWarnings,
    '10.1.2.3/8',
    'CIDR value "10.1.2.3/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.1.2.3/32"?)',
  ],
  [
    cidrWarnings,
    '::ffff:10.0.0.0/104',
    'non-standard CIDR value "::ffff:10.0.0.0/104" will be considered invalid in a future Kubernetes release: use "10.0.0.0/8"',
  ],
  [
    cidrWarnings,
    '2001:DB8::/32',
    'IPv6 CIDR value "2001:DB8::/32" should be in RFC 5952 canonical format ("2001:db8::/32")',
  ],
])('%o of %s: %s', (warningsOf, value, ...want) => {
  expect(warningsOf(value, 'f')).toEqual(want.map((text) => `f: ${text}`));
});

it.each([
  ['0.0.0.0', 'may not be unspecified (0.0.0.0)'],
  ['127.0.0.1', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  ['::1', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  ['169.254.0.1', 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  ['ff02::1', 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
])('%s is no address to send to', (address, message) => {
  expect(validateEndpointIP(address, 'ip')).toMatchObject([
    { field: 'ip', message: `Invalid value: "${address}": ${message}` },
  ]);
});

it('other addresses may be sent to', () => {
  expect(validateEndpointIP('10.0.0.1', 'ip')).toEqual([]);
  expect(validateEndpointIP('2001:db8::1', 'ip')).toEqual([]);
});

it('knows what is in a block', () => {
  const block = parseBlock('10.1.128.0/17')!;
  expect(containsIP(block, parseIP('10.1.200.3')!)).toBe(true);
  expect(containsIP(block, parseIP('10.1.100.3')!)).toBe(false);
  expect(containsIP(parseBlock('::/0')!, parseIP('10.1.200.3')!)).toBe(false);
  expect(containsIP(parseBlock('2001:db8::/33')!, parseIP('2001:db8:7fff::1')!)).toBe(true);
  expect(containsIP(parseBlock('2001:db8::/33')!, parseIP('2001:db8:8000::1')!)).toBe(false);
});

it.each(['::', '::1', '1::', '2001:db8::1:0:0:1', '1:2:3:4:5:6:7:8', '1:0:2:3:4:5:6:7'])(
  'writes %s as it was',
  (text) => {
    expect(formatIP(parseIP(text)!)).toBe(text);
  },
);
