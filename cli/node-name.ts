import { hostname } from 'node:os';

/** The machine's name as a node name: lower case, and only what a DNS name may hold. */
export function localNodeName(): string {
  const name = hostname()
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  return name === '' ? 'local' : name;
}
