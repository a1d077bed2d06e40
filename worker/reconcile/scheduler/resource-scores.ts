const MAX_SCORE = 100;

/**
 * NodeResourcesFit with the strategy LeastAllocated over CPU and memory, weighed alike: the mean of
 * what would stay free, each rounded down to a hundredth (plugins/noderesources/least_allocated.go).
 */
export function leastAllocated(
  cpu: number,
  cpuAllocatable: number,
  memory: number,
  memoryAllocatable: number,
): number {
  let sum = 0;
  let weights = 0;
  if (cpuAllocatable > 0) {
    sum += free(cpu, cpuAllocatable);
    weights++;
  }
  if (memoryAllocatable > 0) {
    sum += free(memory, memoryAllocatable);
    weights++;
  }
  return weights === 0 ? 0 : Math.floor(sum / weights);
}

function free(used: number, allocatable: number): number {
  return used > allocatable ? 0 : Math.floor(((allocatable - used) * MAX_SCORE) / allocatable);
}

/**
 * NodeResourcesBalancedAllocation over CPU and memory: falls with the standard deviation of the used
 * fractions, which for two is half their difference (plugins/noderesources/balanced_allocation.go).
 */
export function balancedAllocation(
  cpu: number,
  cpuAllocatable: number,
  memory: number,
  memoryAllocatable: number,
): number {
  if (cpuAllocatable <= 0 || memoryAllocatable <= 0) return MAX_SCORE;
  const difference = Math.min(1, cpu / cpuAllocatable) - Math.min(1, memory / memoryAllocatable);
  return Math.floor((1 - Math.abs(difference / 2)) * MAX_SCORE);
}
