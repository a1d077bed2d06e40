import { parseQuantity } from '../../../apimachinery/quantity.ts';
import { TOLERANCE } from './autoscaler-facts.ts';
import type { AutoscalerSpec } from './autoscaler-facts.ts';

/** Whether a ratio of what there is to what there should be is near enough to 1. */
export type IsWithinTolerance = (ratio: number) => boolean;

export function toleranceOf({ behavior }: AutoscalerSpec): IsWithinTolerance {
  const up = shareOf(behavior?.scaleUp?.tolerance);
  const down = shareOf(behavior?.scaleDown?.tolerance);
  return (ratio) => 1 - down <= ratio && ratio <= 1 + up;
}

function shareOf(text: string | undefined): number {
  if (text === undefined) return TOLERANCE;
  try {
    return parseQuantity(String(text)).toNumber();
  } catch {
    // Validation keeps it out.
    return TOLERANCE;
  }
}
