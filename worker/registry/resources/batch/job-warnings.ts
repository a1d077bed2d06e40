import type { JobSpec } from 'kubernetes-types/batch/v1.js';
import { podTemplateWarnings } from '../pod/warnings.ts';

const MANY_COMPLETIONS = 100_000;
const MUCH_PARALLELISM = 10_000;

/** Warnings about a job's spec at `path`, and about its template. */
export function jobSpecWarnings(spec: Partial<JobSpec>, path: string): string[] {
  const { completionMode, completions = 0, parallelism = 0, template } = spec;
  const isHuge =
    completionMode === 'Indexed' &&
    completions > MANY_COMPLETIONS &&
    parallelism > MUCH_PARALLELISM;
  return [
    ...(isHuge
      ? [
          `${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`,
        ]
      : []),
    ...podTemplateWarnings(template ?? {}, `${path}.template`),
  ];
}
