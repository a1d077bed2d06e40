import type {
  ExemptPriorityLevelConfiguration,
  LimitedPriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from 'kubernetes-types/flowcontrol/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import type { Strategy } from '../../strategy.ts';
import { dropStatus, keepStatus } from '../status-subresource.ts';
import { FLOW_STATUS, validateFlowStatus } from './flow-status.ts';
import { MANDATORY_LEVELS } from './mandatory.ts';

const DEFAULT_SHARES = 30;
const DEFAULT_QUEUES = 64;
const DEFAULT_HAND_SIZE = 8;
const DEFAULT_QUEUE_LENGTH = 50;
const MAX_QUEUES = 10_000_000;
/** Bits of a hash that are dealt as queues. */
const MAX_HASH_BITS = 60;
const ZERO_SHARES_ANNOTATION = 'flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares';

type LevelSpec = Partial<PriorityLevelConfigurationSpec>;

const specOf = (object: KubernetesObject): LevelSpec => object.spec ?? {};

export const priorityLevelStrategy: Strategy = {
  setDefaults(object) {
    object.spec ??= {};
    setSpecDefaults(specOf(object));
  },
  prepareForCreate: dropStatus,
  validate: validateLevel,
  prepareForUpdate: keepStatus,
  validateUpdate: validateLevel,
  validateName: nameIsDNSSubdomain,
  subresources: { status: FLOW_STATUS },
  hasGeneration: true,
  allowUnconditionalUpdate: true,
};

function setSpecDefaults({ exempt, limited }: LevelSpec): void {
  if (exempt !== undefined) {
    exempt.nominalConcurrencyShares ??= 0;
    exempt.lendablePercent ??= 0;
  }
  if (limited === undefined) return;
  limited.nominalConcurrencyShares ??= DEFAULT_SHARES;
  limited.lendablePercent ??= 0;
  const queuing = limited.limitResponse?.queuing;
  if (queuing === undefined) return;
  queuing.handSize ||= DEFAULT_HAND_SIZE;
  queuing.queues ||= DEFAULT_QUEUES;
  queuing.queueLengthLimit ||= DEFAULT_QUEUE_LENGTH;
}

function validateLevel(object: KubernetesObject): FieldError[] {
  const { name = '', annotations } = object.metadata;
  const errors: FieldError[] = [];
  if (annotations !== undefined && Object.hasOwn(annotations, ZERO_SHARES_ANNOTATION)) {
    const detail = `annotation '${ZERO_SHARES_ANNOTATION}' is forbidden`;
    errors.push(forbidden('metadata.annotations', detail));
  }
  return [
    ...errors,
    ...validateSpec(specOf(object), name),
    ...validateFixed(object, name),
    ...validateFlowStatus(object),
  ];
}

/** Of what every cluster has, only what the exempt level lends may be changed. */
function validateFixed(object: KubernetesObject, name: string): FieldError[] {
  const fixed = Object.hasOwn(MANDATORY_LEVELS, name) ? MANDATORY_LEVELS[name] : undefined;
  if (fixed === undefined) return [];
  const spec = specOf(object);
  const isExempt = name === 'exempt';
  const compared = isExempt ? { ...spec, exempt: fixed.exempt } : spec;
  if (deepEqual(compared, fixed)) return [];
  const exception = isExempt ? " except the 'spec.exempt' field" : '';
  return [invalid('spec', spec, `spec of '${name}'${exception} must equal the fixed value`)];
}

function validateSpec(spec: LevelSpec, name: string): FieldError[] {
  const { type = '', limited, exempt } = spec;
  const errors: FieldError[] = [];
  if ((name === 'exempt') !== (type === 'Exempt')) {
    const detail = "must be 'Exempt' if and only if `name` is 'exempt'";
    errors.push(invalid('spec.type', type, detail));
  }
  switch (type) {
    case 'Exempt':
      if (limited !== undefined) {
        errors.push(forbidden('spec.limited', 'must be nil if the type is not Limited'));
      }
      return exempt === undefined ? errors : [...errors, ...validateShares(exempt, 'spec.exempt')];
    case 'Limited':
      if (exempt !== undefined) {
        errors.push(forbidden('spec.exempt', 'must be nil if the type is Limited'));
      }
      return limited === undefined
        ? [...errors, required('spec.limited', 'must not be empty when type is Limited')]
        : [...errors, ...validateLimited(limited, 'spec.limited')];
    default:
      return [...errors, notSupported('spec.type', type, ['Exempt', 'Limited'])];
  }
}

function validateShares(
  shares: ExemptPriorityLevelConfiguration,
  at: string,
  borrowingLimit?: number,
): FieldError[] {
  const { nominalConcurrencyShares: nominal = 0, lendablePercent: lendable = 0 } = shares;
  const errors: FieldError[] = [];
  if (nominal < 0) {
    const detail = 'must be a non-negative integer';
    errors.push(invalid(`${at}.nominalConcurrencyShares`, nominal, detail));
  }
  if (borrowingLimit !== undefined && borrowingLimit < 0) {
    const detail = 'if specified, must be a non-negative integer';
    errors.push(invalid(`${at}.borrowingLimitPercent`, borrowingLimit, detail));
  }
  if (lendable < 0 || lendable > 100) {
    const detail = 'must be between 0 and 100, inclusive';
    errors.push(invalid(`${at}.lendablePercent`, lendable, detail));
  }
  return errors;
}

function validateLimited(limited: LimitedPriorityLevelConfiguration, at: string): FieldError[] {
  const { type = '', queuing } = limited.limitResponse ?? {};
  const errors = validateShares(limited, at, limited.borrowingLimitPercent);
  const field = `${at}.limitResponse.queuing`;
  switch (type) {
    case 'Reject':
      if (queuing === undefined) return errors;
      return [
        ...errors,
        forbidden(field, 'must be nil if limited.limitResponse.type is not Limited'),
      ];
    case 'Queue':
      return queuing === undefined
        ? [...errors, required(field, 'must not be empty if limited.limitResponse.type is Limited')]
        : [...errors, ...validateQueuing(queuing, field)];
    default:
      return [...errors, notSupported(`${at}.limitResponse.type`, type, ['Queue', 'Reject'])];
  }
}

function validateQueuing(queuing: QueuingConfiguration, at: string): FieldError[] {
  const { queueLengthLimit: length = 0, queues = 0, handSize = 0 } = queuing;
  const errors: FieldError[] = [];
  if (length <= 0) errors.push(invalid(`${at}.queueLengthLimit`, length, 'must be positive'));
  if (queues <= 0) errors.push(invalid(`${at}.queues`, queues, 'must be positive'));
  else if (queues > MAX_QUEUES) {
    errors.push(invalid(`${at}.queues`, queues, `must not be greater than ${MAX_QUEUES}`));
  }
  const refuse = (detail: string): void => {
    errors.push(invalid(`${at}.handSize`, handSize, detail));
  };
  if (handSize <= 0) refuse('must be positive');
  else if (handSize > queues) refuse(`should not be greater than queues (${queues})`);
  else if (Math.ceil(Math.log2(queues) * handSize) > MAX_HASH_BITS) {
    refuse(
      `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${MAX_HASH_BITS}`,
    );
  }
  return errors;
}
