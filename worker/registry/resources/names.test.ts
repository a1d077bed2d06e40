import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  validateSubdomainWithUnderscore,
  validateWildcardSubdomain,
} from '../../../apimachinery/names.ts';
import { validateDomainPrefixedPath } from './domain-prefixed-path.ts';
import { validateFullyQualifiedDomain, validateFullyQualifiedName } from './fully-qualified.ts';

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
  wildcardDNS1123Subdomain: validateWildcardSubdomain,
  fullyQualifiedName: (value) => validateFullyQualifiedName(value, 'field'),
  fullyQualifiedDomainName: (value) => validateFullyQualifiedDomain(value, 'field'),
  domainPrefixedPath: (value) => validateDomainPrefixedPath(value, 'field'),
  dns1123SubdomainWithUnderscore: validateSubdomainWithUnderscore,
};

it.each(cases)('$id: $in.check of $in.value', ({ in: { check, value }, out }) => {
  expect(CHECKS[check]!(value)).toEqual(out.errors ?? out.messages);
});
