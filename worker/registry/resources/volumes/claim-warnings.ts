import { quantityOf } from '../resource-names.ts';

interface ClaimSpec {
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
}

/** Warnings about the spec of a claim: bytes come whole. */
export const claimSpecWarnings = ({ resources }: ClaimSpec, path: string): string[] =>
  (['requests', 'limits'] as const).flatMap((list) => {
    const storage = quantityOf(resources?.[list]?.storage);
    if (storage === undefined || storage.toMilli() % 1000n === 0n) return [];
    const text = JSON.stringify(storage.toString());
    return [
      `${path}.resources.${list}[storage]: fractional byte value ${text} is invalid, must be an integer`,
    ];
  });
