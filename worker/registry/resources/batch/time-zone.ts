/**
 * What is wrong with the name of a time zone, in the words of Go's `time.LoadLocation`; null when
 * the zone is known. Names are those of the IANA database that the platform carries.
 */
export function validateTimeZoneName(name: string): string | null {
  if (name === '' || name === 'UTC' || name === 'Local') return null;
  if (name.includes('..') || name.startsWith('/') || name.includes('\\')) {
    return 'time: invalid location name';
  }
  return isKnownTimeZone(name) ? null : `unknown time zone ${name}`;
}

/** Zones whose names are written in capitals; all others begin each part with one. */
const CAPITALS = /^[A-Z]{2,3}[0-9]?([A-Z]{3})?$/;

function isKnownTimeZone(name: string): boolean {
  // The platform takes offsets, and names in any case, for zones; the database's files do not.
  if (/^[-+]/.test(name)) return false;
  if (!CAPITALS.test(name) && !name.split('/').every((part) => /^[A-Z]/.test(part))) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    // A RangeError is how the platform says that there is no such zone.
    return false;
  }
}
