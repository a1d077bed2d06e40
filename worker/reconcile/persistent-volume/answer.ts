import { deepEqual } from '../../registry/rest/deep-equal.ts';
import { VOLUME_ANSWERS } from '../../registry/hidden-resources.ts';
import type { ClaimCopy } from '../../registry/binding/claim-copy.ts';
import type { VolumeAnswer } from '../../registry/binding/volume-answer.ts';
import type { PersistentVolume } from '../kinds.ts';
import type { Write } from '../planner.ts';
import { claimVolumeOf } from './claim-volume.ts';

/** An answer without whom it is for. */
export type AnswerPart = Pick<
  VolumeAnswer,
  'state' | 'volume' | 'event' | 'storageClassName' | 'provisioner' | 'rejectedNode' | 'delayed'
>;

export const boundTo = (volume: PersistentVolume): AnswerPart => ({
  state: 'Bound',
  volume: claimVolumeOf(volume),
});

export const pending = (event?: VolumeAnswer['event']): AnswerPart => ({
  state: 'Pending',
  ...(event === undefined ? {} : { event }),
});

export function lost(what: 'reference to PersistentVolume' | 'its PersistentVolume'): AnswerPart {
  const message = `Bound claim has lost ${what}. Data on the volume is lost!`;
  return { state: 'Lost', event: { type: 'Warning', reason: 'ClaimLost', message } };
}

export function misbound(): AnswerPart {
  const message = 'Two claims are bound to the same volume, this one is bound incorrectly';
  return { state: 'Lost', event: { type: 'Warning', reason: 'ClaimMisbound', message } };
}

/** Puts an answer where the claim's namespace is told of it; nothing when it was said already. */
export function announceAnswer(
  { metadata, claim: { namespace, name } }: ClaimCopy,
  part: AnswerPart,
  said: VolumeAnswer | null,
): Write[] {
  const object: VolumeAnswer = {
    apiVersion: 'fairlead.dev/v1',
    kind: 'VolumeAnswer',
    metadata: said?.metadata ?? { name: metadata.name },
    claim: { namespace, name, uid: metadata.uid },
    ...part,
  };
  if (said === null) return [{ verb: 'create', resource: VOLUME_ANSWERS, object }];
  return deepEqual(object, said) ? [] : [{ verb: 'update', resource: VOLUME_ANSWERS, object }];
}

/** Takes back what was said to a claim that is gone. */
export function withdrawAnswer(said: VolumeAnswer | null): Write[] {
  if (said === null) return [];
  const { name, uid = '' } = said.metadata;
  return [{ verb: 'delete', resource: VOLUME_ANSWERS, name, uid }];
}
