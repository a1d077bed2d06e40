import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { validateWildcardSubdomain } from '../../../apimachinery/names.ts';
import { validateFullyQualifiedDomain, validateFullyQualifiedName } from './fully-qualified.ts';
import { containsIP, formatIP, parseCIDR, parseIP } from './ip-bytes.ts';
import {
  cidrWarnings,
  ipWarnings,
  validateCanonicalCIDR,
  validateCanonicalIP,
  validateLegacyCIDR,
  validateLegacyIP,
} from './strict-ip.ts';

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

const CHECKS: Readonly<Record<string, (value: string) => object[] | string[]>> = {
  ip: (value) => validateCanonicalIP(value, 'field'),
  cidr: (value) => validateCanonicalCIDR(value, 'field'),
  ipWarnings: (value) => ipWarnings(value, 'field'),
  cidrWarnings: (value) => cidrWarnings(value, 'field'),
  wildcardDNS1123Subdomain: validateWildcardSubdomain,
  fullyQualifiedName: (value) => validateFullyQualifiedName(value, 'field'),
  fullyQualifiedDomainName: (value) => validateFullyQualifiedDomain(value, 'field'),
};

describe('what the Go code of Kubernetes says', () => {
  it.each([...casesOf('addresses.jsonl'), ...casesOf('domains.jsonl')])(
    '$id: $in.check of $in.value',
    ({ in: { check, value }, out }) => {
      expect(CHECKS[check]!(value)).toEqual(out.errors ?? out.messages);
    },
  );
});

describe('addresses of older fields', () => {
  it.each([
    ['10.0.0.1', []],
    ['010.0.0.1', ['must not have leading 0s']],
    ['::ffff:1.2.3.4', ['must not be an IPv4-mapped IPv6 address']],
    ['2001:DB8::1', []],
  ])('%s', (value, details) => {
    expect(validateLegacyIP(value, 'ip').map((e) => e.message)).toEqual(
      details.map((detail) => `Invalid value: "${value}": ${detail}`),
    );
    expect(validateLegacyIP(value, 'ip', [value])).toEqual([]);
  });

  it.each([
    ['10.0.0.0/8', []],
    ['10.0.0.1/8', ['must not have bits set beyond the prefix length']],
    ['10.0.0.0/08', ['must not have leading 0s in IP or prefix length']],
    ['::ffff:1.2.3.0/120', ['must not have an IPv4-mapped IPv6 address']],
  ])('%s', (value, details) => {
    expect(validateLegacyCIDR(value, 'cidr').map((e) => e.message)).toEqual(
      details.map((detail) => `Invalid value: "${value}": ${detail}`),
    );
    expect(validateLegacyCIDR(value, 'cidr', [value])).toEqual([]);
  });

  it('knows what is in a block', () => {
    const block = parseCIDR('10.1.128.0/17')!;
    expect(containsIP(block, parseIP('10.1.200.3')!.bytes)).toBe(true);
    expect(containsIP(block, parseIP('10.1.100.3')!.bytes)).toBe(false);
    expect(containsIP(block, parseIP('::1')!.bytes)).toBe(false);
  });

  it.each(['::', '::1', '1::', '2001:db8::1:0:0:1', '1:2:3:4:5:6:7:8', '1:0:2:3:4:5:6:7'])(
    'writes %s as it was',
    (text) => {
      expect(formatIP(parseIP(text)!.bytes)).toBe(text);
    },
  );
});
