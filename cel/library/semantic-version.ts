import { quoteText } from '../../apimachinery/field-error.ts';

/** A version of semver.org 2.0. */
export interface SemanticVersion {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  /** Numbers where they are all digits. */
  readonly prerelease: readonly (bigint | string)[];
  readonly build: readonly string[];
}

/** A text that is no version, in the words of blang/semver, which upstream uses. */
export class VersionError extends Error {}

const MAX_UINT64 = 18_446_744_073_709_551_615n;

function parseNumber(name: string, text: string): bigint {
  if (!/^\d*$/.test(text)) {
    throw new VersionError(
      `Invalid character(s) found in ${name.toLowerCase()} number ${quoteText(text)}`,
    );
  }
  if (/^0\d/.test(text)) {
    throw new VersionError(`${name} number must not contain leading zeroes ${quoteText(text)}`);
  }
  return parseUint(text);
}

function parseUint(text: string): bigint {
  const failed = `strconv.ParseUint: parsing ${quoteText(text)}`;
  if (text === '') throw new VersionError(`${failed}: invalid syntax`);
  const value = BigInt(text);
  if (value > MAX_UINT64) throw new VersionError(`${failed}: value out of range`);
  return value;
}

function parsePrerelease(text: string): bigint | string {
  if (text === '') throw new VersionError('Prerelease is empty');
  if (/^\d+$/.test(text)) {
    if (/^0\d/.test(text)) {
      throw new VersionError(
        `Numeric PreRelease version must not contain leading zeroes ${quoteText(text)}`,
      );
    }
    return parseUint(text);
  }
  if (/^[0-9A-Za-z-]+$/.test(text)) return text;
  throw new VersionError(`Invalid character(s) found in prerelease ${quoteText(text)}`);
}

/** Throws a VersionError. */
export function parseVersion(text: string): SemanticVersion {
  if (text === '') throw new VersionError('Version string empty');
  const [major = '', minor, rest] = splitAtMost(text, '.', 3);
  if (minor === undefined || rest === undefined) {
    throw new VersionError('No Major.Minor.Patch elements found');
  }
  const plus = rest.indexOf('+');
  const beforeBuild = plus < 0 ? rest : rest.slice(0, plus);
  const build = plus < 0 ? [] : rest.slice(plus + 1).split('.');
  const dash = beforeBuild.indexOf('-');
  const patch = dash < 0 ? beforeBuild : beforeBuild.slice(0, dash);
  const numbers = {
    major: parseNumber('Major', major),
    minor: parseNumber('Minor', minor),
    patch: parseNumber('Patch', patch),
  };
  const prerelease =
    dash < 0
      ? []
      : beforeBuild
          .slice(dash + 1)
          .split('.')
          .map(parsePrerelease);
  for (const part of build) {
    if (part === '') throw new VersionError('Build meta data is empty');
    if (!/^[0-9A-Za-z-]+$/.test(part)) {
      throw new VersionError(`Invalid character(s) found in build meta data ${quoteText(part)}`);
    }
  }
  return { ...numbers, prerelease, build };
}

function splitAtMost(text: string, separator: string, count: number): string[] {
  const parts = text.split(separator);
  return parts.length <= count
    ? parts
    : [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)];
}

/** Drops a leading `v` and leading zeroes, and adds the minor and patch numbers that are missing. */
export function normalizeVersion(text: string): string {
  const parts = splitAtMost(text.replace(/^v/, ''), '.', 3).map((part) => {
    if (part.length <= 1) return part;
    const stripped = part.replace(/^0+/, '');
    return /^\d/.test(stripped) ? stripped : `0${stripped}`;
  });
  if (parts.length < 3) {
    const last = parts.at(-1) ?? '';
    // A prerelease or build of an unfinished version would end up in the middle.
    if (/[+-]/.test(last))
      throw new VersionError('Short version cannot contain PreRelease/Build meta data');
    while (parts.length < 3) parts.push('0');
  }
  return parts.join('.');
}

const order = (a: bigint | string, b: bigint | string): number => {
  // Numbers come before words.
  if (typeof a !== typeof b) return typeof a === 'bigint' ? -1 : 1;
  if (a === b) return 0;
  return a < b ? -1 : 1;
};

/** -1, 0 or 1 by precedence; build data does not count. */
export function compareVersions(a: SemanticVersion, b: SemanticVersion): number {
  const numbers = order(a.major, b.major) || order(a.minor, b.minor) || order(a.patch, b.patch);
  if (numbers !== 0) return numbers;
  if (a.prerelease.length === 0 || b.prerelease.length === 0) {
    return Math.sign(b.prerelease.length - a.prerelease.length);
  }
  for (let i = 0; i < Math.min(a.prerelease.length, b.prerelease.length); i++) {
    const compared = order(a.prerelease[i] ?? '', b.prerelease[i] ?? '');
    if (compared !== 0) return compared;
  }
  return Math.sign(a.prerelease.length - b.prerelease.length);
}

export function formatVersion({ major, minor, patch, prerelease, build }: SemanticVersion): string {
  const suffix = prerelease.length === 0 ? '' : `-${prerelease.join('.')}`;
  return `${major}.${minor}.${patch}${suffix}${build.length === 0 ? '' : `+${build.join('.')}`}`;
}
