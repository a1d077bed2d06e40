import { quantityOf } from '../resource-names.ts';

interface ClaimSpec {
  resources?: { requests?: Record<string, string> };
}

/** Warnings about the spec of a claim: bytes come whole. */
export function claimSpecWarnings({ resources }: ClaimSpec, path: string): string[] {
  const storage = quantityOf(resources?.requests?.storage);
  return storage === undefined || storage.toMilli() % 1000n === 0n
    ? []
    : [
        `${path}.resources.requests[storage]: fractional byte value ${JSON.stringify(storage.toString())} is invalid, must be an integer`,
      ];
}
