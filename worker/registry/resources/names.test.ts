import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { validateSubdomainWithUnderscore } from '../../../apimachinery/names.ts';
import { validateDomainPrefixedPath } from './domain-prefixed-path.ts';
import { validateCIDR, validateIP, validateNonSpecialIP } from './validate-ip.ts';

interface Case {
  readonly id: string;
  readonly in: { readonly check: string; readonly value: string };
  readonly out: { readonly errors?: object[]; readonly messages?: string[] };
}

// What the Go code of Kubernetes itself says.
const cases = readFileSync(new URL('testdata/names.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Case);

const CHECKS: Readonly<Record<string, (value: string) => object[] | string[]>> = {
  ipLegacy: (value) => validateIP(value, 'field'),
  cidrLegacy: (value) => validateCIDR(value, 'field'),
  domainPrefixedPath: (value) => validateDomainPrefixedPath(value, 'field'),
  dns1123SubdomainWithUnderscore: validateSubdomainWithUnderscore,
};

it.each(cases)('$id: $in.check of $in.value', ({ in: { check, value }, out }) => {
  expect(CHECKS[check]!(value)).toEqual(out.errors ?? out.messages);
});

it.each([
  ['0.0.0.0', 'may not be unspecified (0.0.0.0)'],
  ['127.0.0.1', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  ['::1', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  ['169.254.0.1', 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  ['ff02::1', 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
])('%s is no address to send to', (address, message) => {
  expect(validateNonSpecialIP(address, 'ip')).toMatchObject([
    { field: 'ip', message: `Invalid value: "${address}": ${message}` },
  ]);
});

it('other addresses may be sent to', () => {
  expect(validateNonSpecialIP('10.0.0.1', 'ip')).toEqual([]);
  expect(validateNonSpecialIP('2001:db8::1', 'ip')).toEqual([]);
});
