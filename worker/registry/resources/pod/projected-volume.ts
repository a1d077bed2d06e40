import type { ProjectedVolumeSource, VolumeProjection } from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  required,
} from '../../../../apimachinery/field-error.ts';
import {
  type LabelSelectorSource,
  validateLabelSelector,
} from '../../../../apimachinery/label-selector.ts';
import { validateSignerName, validateTrustBundleName } from '../signer-name.ts';
import { validateFilePath } from './validate-local-path.ts';
import { validateDownwardFile, validateKeyToPath, validateMode } from './volume-files.ts';

const MIN_TOKEN_SECONDS = 10 * 60;
const MAX_TOKEN_SECONDS = 2 ** 32;

/** Files from several sources in one directory: no two may be in one place. */
export function validateProjected(source: ProjectedVolumeSource, path: string): FieldError[] {
  const taken = new Set<string>();
  /** `shown` is what upstream names as the culprit. */
  const takePath = (file: string, shown: string): FieldError[] => {
    if (taken.has(file)) return [invalid(path, shown, 'conflicting duplicate paths')];
    taken.add(file);
    return [];
  };
  return [
    ...validateMode(source.defaultMode, `${path}.defaultMode`),
    ...(source.sources ?? []).flatMap((projection, i) =>
      validateProjection(projection, path, `${path}.sources[${i}]`, takePath),
    ),
  ];
}

type TakePath = (file: string, shown: string) => FieldError[];

function validateProjection(
  projection: VolumeProjection,
  path: string,
  at: string,
  takePath: TakePath,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const kind of ['secret', 'configMap'] as const) {
    const source = projection[kind];
    if (source === undefined) continue;
    const { name = '', items = [] } = source;
    if (name === '') errors.push(required(`${at}.${kind}.name`));
    items.forEach((item, i) => {
      errors.push(...validateKeyToPath(item, `${at}.${kind}.items[${i}]`));
      if (item.path) errors.push(...takePath(item.path, name));
    });
  }
  for (const file of projection.downwardAPI?.items ?? []) {
    errors.push(...validateDownwardFile(file, `${at}.downwardAPI`));
    if (file.path) errors.push(...takePath(file.path, file.path));
  }
  const token: Partial<NonNullable<VolumeProjection['serviceAccountToken']>> | undefined =
    projection.serviceAccountToken;
  if (token !== undefined) {
    const { expirationSeconds = 0 } = token;
    const field = `${at}.serviceAccountToken.expirationSeconds`;
    if (expirationSeconds < MIN_TOKEN_SECONDS) {
      const detail = 'may not specify a duration less than 10 minutes';
      errors.push(invalid(field, expirationSeconds, detail));
    }
    if (expirationSeconds > MAX_TOKEN_SECONDS) {
      const detail = 'may not specify a duration larger than 2^32 seconds';
      errors.push(invalid(field, expirationSeconds, detail));
    }
    // The path of the whole volume, as upstream has it.
    errors.push(
      ...(token.path ? validateFilePath(token.path, `${path}.path`) : [required(`${path}.path`)]),
    );
  }
  errors.push(...validateTrustBundle(projection, `${at}.clusterTrustBundle`, takePath));
  const count = Object.values(projection).filter((source) => source !== undefined).length;
  if (count > 1) {
    errors.push(forbidden(at, 'may not specify more than 1 volume type per source'));
  }
  return errors;
}

function validateTrustBundle(
  { clusterTrustBundle: bundle }: VolumeProjection,
  path: string,
  takePath: TakePath,
): FieldError[] {
  if (bundle === undefined) return [];
  const { name, signerName, path: file = '' } = bundle as Partial<typeof bundle>;
  const selector = bundle.labelSelector as LabelSelectorSource | undefined;
  const errors: FieldError[] = [];
  if (name !== undefined && signerName !== undefined) {
    const detail = 'only one of name and signerName may be used';
    errors.push(invalid(path, bundle, detail));
  } else if (name !== undefined) {
    if (name === '') errors.push(required(`${path}.name`, 'must be a valid object name'));
    for (const message of validateTrustBundleName(name)) {
      const detail = `not a valid clustertrustbundlename: ${message}`;
      errors.push(invalid(`${path}.name`, name, detail));
    }
    if (selector !== undefined) {
      const detail = 'labelSelector must be unset if name is specified';
      errors.push(invalid(`${path}.labelSelector`, selector, detail));
    }
  } else if (signerName !== undefined) {
    if (signerName === '') {
      errors.push(required(`${path}.signerName`, 'must be a valid signer name'));
    }
    errors.push(
      ...validateSignerName(signerName, `${path}.signerName`),
      ...validateLabelSelector(selector, `${path}.labelSelector`),
    );
  } else errors.push(required(path, 'either name or signerName must be specified'));
  if (file === '') errors.push(required(`${path}.path`));
  return [...errors, ...validateFilePath(file, `${path}.path`), ...takePath(file, file)];
}
