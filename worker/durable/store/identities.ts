import { SUFFIX_ALPHABET, SUFFIX_LENGTH, type Identities } from '../../registry/rest/identity.ts';

/** Bytes at or above it would make some letters likelier than others. */
const UNBIASED = 256 - (256 % SUFFIX_ALPHABET.length);

/** Identities from the platform's random source. */
export const randomIdentities: Identities = {
  uid: () => crypto.randomUUID(),
  nameSuffix() {
    let suffix = '';
    while (suffix.length < SUFFIX_LENGTH) {
      for (const byte of crypto.getRandomValues(new Uint8Array(8))) {
        if (byte < UNBIASED && suffix.length < SUFFIX_LENGTH) {
          suffix += SUFFIX_ALPHABET.charAt(byte % SUFFIX_ALPHABET.length);
        }
      }
    }
    return suffix;
  },
};
