import type { Announcement, EventText } from '../planner.ts';
import type { StatefulSet } from '../kinds.ts';

type Verb = 'create' | 'update' | 'delete';

const REASONS: Readonly<Record<Verb, string>> = {
  create: 'Create',
  update: 'Update',
  delete: 'Delete',
};

/** What becomes of a write for a pod, told of its set. */
export function announcePod(set: StatefulSet, verb: Verb, pod: string): Announcement {
  return {
    regarding: set,
    onSuccess: {
      type: 'Normal',
      reason: `Successful${REASONS[verb]}`,
      message: `${verb} Pod ${pod} in StatefulSet ${set.metadata.name} successful`,
    },
    onFailure: podFailure(set, verb, pod, '{error}'),
  };
}

export function podFailure(set: StatefulSet, verb: Verb, pod: string, error: string): EventText {
  return {
    type: 'Warning',
    reason: `Failed${REASONS[verb]}`,
    message: `${verb} Pod ${pod} in StatefulSet ${set.metadata.name} failed error: ${error}`,
  };
}

/** What becomes of a new claim, told of the set. */
export function announceClaim(set: StatefulSet, claim: string, pod: string): Announcement {
  const { name } = set.metadata;
  return {
    regarding: set,
    onSuccess: {
      type: 'Normal',
      reason: 'SuccessfulCreate',
      message: `create Claim ${claim} Pod ${pod} in StatefulSet ${name} success`,
    },
    onFailure: {
      type: 'Warning',
      reason: 'FailedCreate',
      message: `create Claim ${claim} for Pod ${pod} in StatefulSet ${name} failed error: {error}`,
    },
  };
}
