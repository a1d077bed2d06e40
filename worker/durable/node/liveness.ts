/** How long a node may be without a link before its conditions become Unknown: upstream's 50 s. */
export const NODE_MONITOR_GRACE_MS = 50_000;
/** A link whose last heartbeat is older is dead, even if nobody closed it. */
export const HEARTBEAT_DEADLINE_MS = 70_000;
/** How often a link that seems healthy is looked at. */
export const LINK_CHECK_MS = 60_000;

export interface LinkState {
  /** When the newest link was opened, or last answered a heartbeat; null without a link. */
  readonly lastHeardAt: number | null;
  /** When the link was lost, null while there is one or after the loss was told. */
  readonly lostAt: number | null;
}

export type LivenessDecision = {
  readonly action: 'none' | 'close-link' | 'declare-lost';
  /** When to look again; null for not before something happens. */
  readonly nextAt: number | null;
};

/** What a node's link is found to be when it is asked for, between the looks at it. */
export type LinkCheck =
  /** It was heard of within the grace period; or it never had a link, and nobody expects one. */
  | 'heard'
  /** It is without a link, and may be back within the grace period. */
  | 'silent'
  /** It is known to be lost. */
  | 'lost';

/** Decides about a node's link from what is known at `now`. */
export function decideLiveness(state: LinkState, now: number): LivenessDecision {
  if (state.lastHeardAt !== null) {
    return now - state.lastHeardAt > HEARTBEAT_DEADLINE_MS
      ? { action: 'close-link', nextAt: now + NODE_MONITOR_GRACE_MS }
      : { action: 'none', nextAt: now + LINK_CHECK_MS };
  }
  if (state.lostAt === null) return { action: 'none', nextAt: null };
  const dueAt = state.lostAt + NODE_MONITOR_GRACE_MS;
  return now >= dueAt
    ? { action: 'declare-lost', nextAt: null }
    : { action: 'none', nextAt: dueAt };
}
