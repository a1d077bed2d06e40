import { BOOL, INT, STRING, structType, type CelType } from '../types/cel-type.ts';
import { ErrorValue, isError, NO_SUCH_OVERLOAD } from '../values/error-value.ts';
import { CelObject, type Value } from '../values/value.ts';
import { asString, instanceOf } from './arguments.ts';
import {
  declare,
  globalOverload,
  memberOverload,
  type FunctionDeclaration,
} from './declaration.ts';
import {
  compareVersions,
  formatVersion,
  normalizeVersion,
  parseVersion,
  VersionError,
  type SemanticVersion,
} from './semantic-version.ts';

export const SEMVER_TYPE = structType('kubernetes.Semver');

export class SemverValue extends CelObject {
  readonly type: CelType = SEMVER_TYPE;
  readonly version: SemanticVersion;

  constructor(version: SemanticVersion) {
    super();
    this.version = version;
  }

  override equals(other: Value): Value {
    if (!(other instanceof SemverValue)) return NO_SUCH_OVERLOAD;
    return compareVersions(this.version, other.version) === 0;
  }

  override toString(): string {
    return formatVersion(this.version);
  }
}

function toSemver(text: string, normalize: boolean): SemverValue | ErrorValue {
  try {
    return new SemverValue(parseVersion(normalize ? normalizeVersion(text) : text));
  } catch (error) {
    if (!(error instanceof VersionError)) throw error;
    return new ErrorValue(error.message);
  }
}

const versionOf = (value: Value | undefined): SemanticVersion =>
  instanceOf(SemverValue, value).version;

const comparison = (name: string, id: string, holds: (order: number) => boolean) =>
  declare(
    name,
    memberOverload(id, [SEMVER_TYPE, SEMVER_TYPE], BOOL, ([a, b]) =>
      holds(compareVersions(versionOf(a), versionOf(b))),
    ),
  );

const part = (name: 'major' | 'minor' | 'patch'): FunctionDeclaration =>
  declare(
    name,
    memberOverload(`semver_${name}`, [SEMVER_TYPE], INT, ([version]) => versionOf(version)[name]),
  );

/** Semantic versions (apiserver pkg/cel/library/semverlib.go, version 1: with normalization). */
export const SEMVERS: readonly FunctionDeclaration[] = [
  declare(
    'semver',
    globalOverload('string_to_semver', [STRING], SEMVER_TYPE, ([text]) =>
      toSemver(asString(text), false),
    ),
    globalOverload('string_bool_to_semver', [STRING, BOOL], SEMVER_TYPE, ([text, normalize]) =>
      toSemver(asString(text), normalize === true),
    ),
  ),
  declare(
    'isSemver',
    globalOverload(
      'is_semver_string',
      [STRING],
      BOOL,
      ([text]) => !isError(toSemver(asString(text), false)),
    ),
    globalOverload(
      'is_semver_string_bool',
      [STRING, BOOL],
      BOOL,
      ([text, normalize]) => !isError(toSemver(asString(text), normalize === true)),
    ),
  ),
  comparison('isGreaterThan', 'semver_is_greater_than', (order) => order > 0),
  comparison('isLessThan', 'semver_is_less_than', (order) => order < 0),
  declare(
    'compareTo',
    memberOverload('semver_compare_to', [SEMVER_TYPE, SEMVER_TYPE], INT, ([a, b]) =>
      BigInt(compareVersions(versionOf(a), versionOf(b))),
    ),
  ),
  part('major'),
  part('minor'),
  part('patch'),
];
