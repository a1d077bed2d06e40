import type { CSIDriverSpec, TokenRequest } from 'kubernetes-types/storage/v1.js';
import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { IMMUTABLE } from '../../../../apimachinery/object-meta-validation.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';

const GROUP_POLICIES = ['File', 'None', 'ReadWriteOnceWithFSType'];
const LIFECYCLE_MODES = ['Persistent', 'Ephemeral'];
const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;
const MIN_UPDATE_SECONDS = 10;

type DriverSpec = Partial<CSIDriverSpec> & {
  nodeAllocatableUpdatePeriodSeconds?: number;
  serviceAccountTokenInSecrets?: boolean;
};

const specOf = (object: KubernetesObject): DriverSpec => object.spec ?? {};

export const csiDriverStrategy: Strategy = {
  setDefaults(object) {
    object.spec ??= {};
    const spec = specOf(object);
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ['Persistent'];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
  validate: (object) => validateSpec(specOf(object)),
  validateUpdate: (object, old) => [
    ...validateSpec(specOf(object)),
    ...validateKept(specOf(object), specOf(old)),
  ],
  validateName: nameIsDNSSubdomain,
  hasGeneration: true,
  allowUnconditionalUpdate: false,
};

function validateSpec(spec: DriverSpec): FieldError[] {
  const errors: FieldError[] = [];
  // Upstream spells the first one so in its errors.
  if (spec.attachRequired === undefined) errors.push(required('spec.attachedRequired'));
  if (spec.podInfoOnMount === undefined) errors.push(required('spec.podInfoOnMount'));
  if (spec.storageCapacity === undefined) errors.push(required('spec.storageCapacity'));
  const { fsGroupPolicy, tokenRequests = [], serviceAccountTokenInSecrets: inSecrets } = spec;
  if (fsGroupPolicy !== undefined && !GROUP_POLICIES.includes(fsGroupPolicy)) {
    errors.push(notSupported('spec.fsGroupPolicy', fsGroupPolicy, GROUP_POLICIES));
  }
  errors.push(...validateTokenRequests(tokenRequests));
  for (const mode of spec.volumeLifecycleModes ?? []) {
    if (LIFECYCLE_MODES.includes(mode)) continue;
    errors.push(notSupported('spec.volumeLifecycleModes', mode, LIFECYCLE_MODES));
  }
  if (spec.seLinuxMount === undefined) errors.push(required('spec.seLinuxMount'));
  const period = spec.nodeAllocatableUpdatePeriodSeconds;
  if (period !== undefined && period < MIN_UPDATE_SECONDS) {
    const detail = 'must be greater than or equal to 10 seconds';
    errors.push(invalid('spec.nodeAllocatableUpdatePeriodSeconds', period, detail));
  }
  if (inSecrets !== undefined && tokenRequests.length === 0) {
    const detail = 'serviceAccountTokenInSecrets is set but no tokenRequests are specified';
    errors.push(invalid('spec.serviceAccountTokenInSecrets', inSecrets, detail));
  }
  return errors;
}

function validateTokenRequests(requests: readonly TokenRequest[]): FieldError[] {
  const audiences = new Set<string>();
  return requests.flatMap(({ audience, expirationSeconds: seconds }, i) => {
    const at = `spec.tokenRequests[${i}]`;
    if (audiences.has(audience)) return [duplicate(`${at}.audience`, audience)];
    audiences.add(audience);
    if (seconds === undefined) return [];
    const refuse = (detail: string): FieldError[] => [
      invalid(`${at}.expirationSeconds`, seconds, detail),
    ];
    if (seconds < MIN_TOKEN_SECONDS) {
      return refuse('may not specify a duration less than 10 minutes');
    }
    return seconds > MAX_TOKEN_SECONDS
      ? refuse('may not specify a duration larger than 2^32 seconds')
      : [];
  });
}

function validateKept(spec: DriverSpec, before: DriverSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.attachRequired !== before.attachRequired) {
    errors.push(invalid('spec.attachedRequired', spec.attachRequired ?? null, IMMUTABLE));
  }
  const modes = spec.volumeLifecycleModes;
  if (!deepEqual(modes, before.volumeLifecycleModes)) {
    errors.push(invalid('spec.volumeLifecycleModes', modes ?? null, IMMUTABLE));
  }
  return errors;
}
