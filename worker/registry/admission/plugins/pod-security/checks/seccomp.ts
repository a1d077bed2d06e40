import { quoteText } from '../../../../../../apimachinery/field-error.ts';
import { SECCOMP_CONTAINER, SECCOMP_POD } from '../../../../resources/pod/security-profiles.ts';
import {
  type Check,
  type CheckedPod,
  containersOf,
  containersText,
  exceptOnWindows,
  joinQuote,
  plural,
  settersText,
  sorted,
  type Violation,
} from '../check.ts';

/** Calls of the kernel may be filtered in another way, but not be left without a filter. */
export const SECCOMP_BASELINE: Check = {
  id: 'seccompProfile_baseline',
  level: 'baseline',
  versions: [
    { since: 0, check: checkAnnotations },
    { since: 19, check: checkTypes },
  ],
};

/** And the filter is asked for. */
export const SECCOMP_RESTRICTED: Check = {
  id: 'seccompProfile_restricted',
  level: 'restricted',
  versions: [
    { since: 19, check: checkRestricted },
    { since: 25, check: exceptOnWindows(checkRestricted) },
  ],
  overrides: ['seccompProfile_baseline'],
};

const REASON = 'seccompProfile';

const isAllowedType = (type: string | undefined): boolean =>
  type === 'RuntimeDefault' || type === 'Localhost';

const isAllowedText = (text: string): boolean =>
  text === 'runtime/default' || text === 'docker/default' || text.startsWith('localhost/');

function checkAnnotations({ metadata, spec }: CheckedPod): Violation | null {
  const keys = [SECCOMP_POD, ...containersOf(spec).map(({ name }) => SECCOMP_CONTAINER + name)];
  const bad = keys.flatMap((key) => {
    const text = metadata.annotations?.[key];
    return text === undefined || isAllowedText(text) ? [] : [`${key}=${quoteText(text)}`];
  });
  if (bad.length === 0) return null;
  const texts = sorted(bad);
  return {
    reason: REASON,
    detail: `forbidden ${plural(texts.length, 'annotation')} ${texts.join(', ')}`,
  };
}

function checkTypes({ spec }: CheckedPod): Violation | null {
  const ofPod = spec.securityContext?.seccompProfile;
  const isPodBad = ofPod !== undefined && !isAllowedType(ofPod.type);
  const bad = containersOf(spec).flatMap(({ name, securityContext }) => {
    const profile = securityContext?.seccompProfile;
    return profile === undefined || isAllowedType(profile.type)
      ? []
      : [{ name, type: profile.type }];
  });
  const setters = settersText(
    isPodBad,
    bad.map(({ name }) => name),
  );
  if (setters === '') return null;
  const types = sorted([...(isPodBad ? [ofPod.type] : []), ...bad.map(({ type }) => type)]);
  return {
    reason: REASON,
    detail: `${setters} must not set securityContext.seccompProfile.type to ${joinQuote(types)}`,
  };
}

function checkRestricted(pod: CheckedPod): Violation | null {
  const explicit = checkTypes(pod);
  if (explicit !== null || isAllowedType(pod.spec.securityContext?.seccompProfile?.type)) {
    return explicit;
  }
  const silent = containersOf(pod.spec)
    .filter(({ securityContext }) => securityContext?.seccompProfile === undefined)
    .map(({ name }) => name);
  if (silent.length === 0) return null;
  return {
    reason: REASON,
    detail: `pod or ${containersText(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
}
