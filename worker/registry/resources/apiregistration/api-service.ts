import {
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { formatTime, type KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  validateDNS1035Label,
  validateDNS1123Subdomain,
  validatePathSegmentName,
} from '../../../../apimachinery/names.ts';
import type { Strategy } from '../../strategy.ts';
import { keepAllButStatus, keepMetadataOfStatus, keepStatus } from '../status-subresource.ts';

const MAX_GROUP_PRIORITY = 20_000;
const MAX_VERSION_PRIORITY = 1000;
const STATUSES = ['True', 'False', 'Unknown'];
const HTTPS_PORT = 443;

interface ServiceSpec {
  service?: { namespace?: string; name?: string; port?: number };
  group?: string;
  version?: string;
  insecureSkipTLSVerify?: boolean;
  caBundle?: string;
  groupPriorityMinimum?: number;
  versionPriority?: number;
}

interface ServiceStatus {
  conditions?: { type?: string; status?: string }[];
}

const specOf = (object: KubernetesObject): ServiceSpec => object.spec ?? {};

export const apiServiceStrategy: Strategy = {
  setDefaults(object) {
    const { service } = specOf(object);
    if (service !== undefined) service.port ??= HTTPS_PORT;
  },
  prepareForCreate(object, { now }) {
    // What this server itself serves is there at once.
    const local = {
      type: 'Available',
      status: 'True',
      lastTransitionTime: formatTime(now),
      reason: 'Local',
      message: 'Local APIServices are always available',
    };
    object.status = specOf(object).service === undefined ? { conditions: [local] } : {};
  },
  validate: validateService,
  prepareForUpdate: keepStatus,
  validateUpdate: validateService,
  subresources: {
    status: {
      resetFields: ['metadata', 'spec'],
      prepareForUpdate(object, old) {
        keepAllButStatus(object, old);
        keepMetadataOfStatus(object, old);
      },
      validateUpdate: validateStatus,
    },
  },
  allowUnconditionalUpdate: false,
};

function validateService(object: KubernetesObject): FieldError[] {
  const spec = specOf(object);
  const { group = '', version = '', service } = spec;
  const errors = validateName(object.metadata.name ?? '', `${version}.${group}`);
  if (group === '' && version !== 'v1') {
    const detail = 'only v1 may have an empty group and it better be legacy kube';
    errors.push(required('spec.group', detail));
  }
  if (group !== '') {
    errors.push(...validateDNS1123Subdomain(group).map((m) => invalid('spec.group', group, m)));
  }
  errors.push(...validateDNS1035Label(version).map((m) => invalid('spec.version', version, m)));
  const { groupPriorityMinimum: minimum = 0, versionPriority: priority = 0 } = spec;
  if (minimum <= 0 || minimum > MAX_GROUP_PRIORITY) {
    const detail = `must be positive and less than ${MAX_GROUP_PRIORITY}`;
    errors.push(invalid('spec.groupPriorityMinimum', minimum, detail));
  }
  if (priority <= 0 || priority > MAX_VERSION_PRIORITY) {
    const detail = `must be positive and less than ${MAX_VERSION_PRIORITY}`;
    errors.push(invalid('spec.versionPriority', priority, detail));
  }
  const { insecureSkipTLSVerify: insecure = false, caBundle = '' } = spec;
  if (service === undefined) {
    if (caBundle !== '') {
      const shown = `${bytesOf(caBundle)} bytes`;
      errors.push(invalid('spec.caBundle', shown, 'local APIServices may not have a caBundle'));
    }
    if (insecure) {
      const detail = 'local APIServices may not have insecureSkipTLSVerify';
      errors.push(invalid('spec.insecureSkipTLSVerify', insecure, detail));
    }
    return errors;
  }
  if (!service.namespace) errors.push(required('spec.service.namespace'));
  if (!service.name) errors.push(required('spec.service.name'));
  if (insecure && caBundle !== '') {
    const detail = 'may not be true if caBundle is present';
    errors.push(invalid('spec.insecureSkipTLSVerify', insecure, detail));
  }
  return errors;
}

/** The name says which version of which group it is. */
function validateName(name: string, wanted: string): FieldError[] {
  if (name === '') return [];
  const segment = validatePathSegmentName(name, false);
  const messages =
    segment.length === 0 && name !== wanted
      ? [`must be \`spec.version+"."+spec.group\`: "${wanted}"`]
      : segment;
  return messages.map((m) => invalid('metadata.name', name, m));
}

const bytesOf = (base64: string): number =>
  Math.floor((base64.replace(/[^A-Za-z0-9+/]/g, '').length * 3) / 4);

function validateStatus(object: KubernetesObject): FieldError[] {
  const { conditions = [] } = (object.status ?? {}) as ServiceStatus;
  return conditions.flatMap(({ status = '' }, i) =>
    STATUSES.includes(status)
      ? []
      : [notSupported(`status.conditions[${i}].status`, status, STATUSES)],
  );
}
