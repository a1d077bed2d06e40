import type { LedgerNode } from './ledger.ts';
import type { PodTraits, Profile } from './placed-pods.ts';

export type ProfileTest = (profile: Profile<LedgerNode>) => boolean;

/** Asks a question about placed pods once for all that are alike. */
export function profileTest(matches: (traits: PodTraits) => boolean): ProfileTest {
  const known = new Map<Profile<LedgerNode>, boolean>();
  return (profile) => {
    let answer = known.get(profile);
    if (answer === undefined) {
      answer = matches(profile.traits);
      known.set(profile, answer);
    }
    return answer;
  };
}
