/** Source of what a pure registry may not make by itself. One per write. */
export interface Identities {
  /** A fresh UUID. */
  uid(): string;
  /** Five characters of the alphabet that upstream uses for generated names. */
  nameSuffix(): string;
}

/** No vowels and no look-alikes, so that generated names spell nothing (k8s.io/apimachinery util/rand). */
export const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
/** Five characters behind a prefix of at most 58 make a name of 63, the longest DNS label. */
export const SUFFIX_LENGTH = 5;
export const MAX_GENERATE_NAME_PREFIX = 58;
