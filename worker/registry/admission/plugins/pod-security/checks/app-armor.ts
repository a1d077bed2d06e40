import { quoteText } from '../../../../../../apimachinery/field-error.ts';
import { APPARMOR_CONTAINER } from '../../../../resources/pod/security-profiles.ts';
import {
  type Check,
  containersOf,
  joinQuote,
  plural,
  settersText,
  sorted,
  type Violation,
  type CheckedPod,
} from '../check.ts';

/** The profile of the runtime may be replaced by another one, but not turned off. */
export const APP_ARMOR_PROFILE: Check = {
  id: 'appArmorProfile',
  level: 'baseline',
  versions: [{ since: 0, check: checkProfiles }],
};

const isAllowedType = (type: string | undefined): boolean =>
  type === 'RuntimeDefault' || type === 'Localhost';

const isAllowedText = (text: string): boolean =>
  text === '' || text === 'runtime/default' || text.startsWith('localhost/');

function checkProfiles({ metadata, spec }: CheckedPod): Violation | null {
  const ofPod = spec.securityContext?.appArmorProfile;
  const isPodBad = ofPod !== undefined && !isAllowedType(ofPod.type);
  const badContainers = containersOf(spec).filter(({ securityContext }) => {
    const profile = securityContext?.appArmorProfile;
    return profile !== undefined && !isAllowedType(profile.type);
  });
  const annotations = Object.entries(metadata.annotations ?? {})
    .filter(([key, value]) => key.startsWith(APPARMOR_CONTAINER) && !isAllowedText(value))
    .map(([key, value]) => `${key}=${quoteText(value)}`)
    .sort();
  const types = badContainers.map((c) => c.securityContext?.appArmorProfile?.type ?? '');
  const values = [...sorted([...(isPodBad ? [ofPod.type] : []), ...types]), ...annotations];
  if (values.length === 0) return null;
  const setters = [
    settersText(
      isPodBad,
      badContainers.map(({ name }) => name),
    ),
    annotations.length === 0 ? '' : plural(annotations.length, 'annotation'),
  ].filter((text) => text !== '');
  return {
    reason: plural(values.length, 'forbidden AppArmor profile'),
    detail: `${setters.join(' and ')} must not set AppArmor profile type to ${joinQuote(values)}`,
  };
}
