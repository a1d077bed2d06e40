import { type FieldError, invalid } from '../../../../../apimachinery/field-error.ts';
import type { Labels } from '../../../../../apimachinery/label-requirement.ts';

/** Which standard a namespace holds its pods to (k8s.io/pod-security-admission/api). */

const LEVELS = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof LEVELS)[number];

/** A standard as a release had it; the minor of `v1.x`, or the newest. */
export interface Standard {
  readonly level: Level;
  readonly version: number | 'latest';
}

export const MODES = ['enforce', 'audit', 'warn'] as const;
export type Mode = (typeof MODES)[number];
export type Policy = Readonly<Record<Mode, Standard>>;

export const LABEL_PREFIX = 'pod-security.kubernetes.io/';
const VERSION = /^v1\.([0-9]|[1-9][0-9]*)$/;
const PRIVILEGED: Standard = { level: 'privileged', version: 'latest' };

export const formatStandard = ({ level, version }: Standard): string =>
  `${level}:${version === 'latest' ? version : `v1.${version}`}`;

export const equalStandards = (a: Standard, b: Standard): boolean =>
  a.level === b.level && a.version === b.version;

/** Whether a is stricter than b. */
export const isStricter = (a: Level, b: Level): boolean => LEVELS.indexOf(a) > LEVELS.indexOf(b);

/**
 * What the labels of a namespace ask for; nothing is asked without labels. Of labels that make no
 * sense, enforcement takes the strictest, the others none.
 */
export function policyOf(labels: Labels | undefined): { policy: Policy; errors: FieldError[] } {
  const errors: FieldError[] = [];
  const standards = MODES.map((mode): [Mode, Standard] => {
    const level = labels?.[`${LABEL_PREFIX}${mode}`];
    const version = labels?.[`${LABEL_PREFIX}${mode}-version`];
    return [
      mode,
      {
        level: level === undefined ? PRIVILEGED.level : parseLevel(level, mode, errors),
        version: version === undefined ? PRIVILEGED.version : parseVersion(version, mode, errors),
      },
    ];
  });
  return { policy: Object.fromEntries(standards) as Record<Mode, Standard>, errors };
}

const fieldOf = (label: string): string => `metadata.labels[${LABEL_PREFIX}${label}]`;

function parseLevel(text: string, mode: Mode, errors: FieldError[]): Level {
  const level = LEVELS.find((known) => known === text);
  if (level !== undefined) return level;
  errors.push(invalid(fieldOf(mode), text, `must be one of ${LEVELS.join(', ')}`));
  return mode === 'enforce' ? 'restricted' : 'privileged';
}

function parseVersion(text: string, mode: Mode, errors: FieldError[]): number | 'latest' {
  const minor = VERSION.exec(text)?.[1];
  if (text !== 'latest' && (minor === undefined || !Number.isSafeInteger(Number(minor)))) {
    errors.push(invalid(fieldOf(`${mode}-version`), text, 'must be "latest" or "v1.x"'));
  }
  return minor === undefined || !Number.isSafeInteger(Number(minor)) ? 'latest' : Number(minor);
}
