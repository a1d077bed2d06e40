import { parseDuration } from '../../../apimachinery/duration.ts';
import { CRITICAL_PRIORITY } from '../eviction/ranking.ts';

/** How long pods of a priority, and of those up to the next one, have to end. */
export interface ShutdownPeriod {
  readonly priority: number;
  readonly shutdownGracePeriodSeconds: number;
}

/** Settings of kubelet's configuration, under its names. */
export interface ShutdownSettings {
  /** In Go's syntax, as `30s`; what all pods together have. */
  readonly shutdownGracePeriod: string;
  /** The part of it that is kept for critical pods, which go last. */
  readonly shutdownGracePeriodCriticalPods: string;
  /** In the place of the two. */
  readonly shutdownGracePeriodByPodPriority: readonly ShutdownPeriod[];
}

/** So long a machine may be kept from going down at most. */
const MAX_SECONDS = 24 * 60 * 60;

/** What is wrong with the settings, for whoever wrote them; undefined: nothing. */
export function shutdownProblem(settings: ShutdownSettings): string | undefined {
  const { shutdownGracePeriodByPodPriority: byPriority } = settings;
  const total = seconds(settings.shutdownGracePeriod);
  const critical = seconds(settings.shutdownGracePeriodCriticalPods);
  if (total === undefined || critical === undefined) {
    return 'a shutdown grace period is zero, or from one second to a day, as in 30s';
  }
  if (critical > total) {
    return 'shutdownGracePeriodCriticalPods is a part of shutdownGracePeriod and cannot be longer';
  }
  if (byPriority.length > 0 && total > 0) {
    return 'set either shutdownGracePeriod or shutdownGracePeriodByPodPriority';
  }
  if (new Set(byPriority.map(({ priority }) => priority)).size < byPriority.length) {
    return 'shutdownGracePeriodByPodPriority names a priority twice';
  }
  return undefined;
}

/**
 * The periods that apply, lowest priority first; none where pods are not ended at a shutdown
 * (pkg/kubelet/nodeshutdown, migrateConfig).
 */
export function shutdownPeriods(settings: ShutdownSettings): ShutdownPeriod[] {
  const { shutdownGracePeriodByPodPriority: byPriority } = settings;
  if (byPriority.length > 0) return byPriority.toSorted((a, b) => a.priority - b.priority);
  const total = seconds(settings.shutdownGracePeriod) ?? 0;
  const critical = seconds(settings.shutdownGracePeriodCriticalPods) ?? 0;
  if (total === 0) return [];
  return [
    { priority: 0, shutdownGracePeriodSeconds: total - critical },
    { priority: CRITICAL_PRIORITY, shutdownGracePeriodSeconds: critical },
  ];
}

/** What all periods take together. */
export const shutdownSeconds = (periods: readonly ShutdownPeriod[]): number =>
  periods.reduce((sum, period) => sum + period.shutdownGracePeriodSeconds, 0);

/** Whole seconds; undefined for what is no such duration. */
function seconds(text: string): number | undefined {
  try {
    const value = Number(parseDuration(text) / 1_000_000n) / 1000;
    const isAllowed = value === 0 || (value >= 1 && value <= MAX_SECONDS);
    return isAllowed ? Math.floor(value) : undefined;
  } catch {
    // Not a duration at all.
    return undefined;
  }
}
