import type {
  CertificateSigningRequestCondition,
  CertificateSigningRequestSpec,
  CertificateSigningRequestStatus,
} from 'kubernetes-types/certificates/v1.js';
import { formatTime, type KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { UserInfo } from '../../../../apimachinery/user-info.ts';
import type { Strategy } from '../../strategy.ts';
import { keepAllButStatus } from '../status-subresource.ts';
import { validateRequest, validateRequestUpdate } from './validate-certificate-signing-request.ts';

const specOf = (object: KubernetesObject): Partial<CertificateSigningRequestSpec> =>
  object.spec ?? {};
const statusOf = (object: KubernetesObject): CertificateSigningRequestStatus => object.status ?? {};

/** Whoever sends a request does not say who he is: the server knows. */
function setRequester(object: KubernetesObject, { name, uid, groups, extra }: UserInfo): void {
  const { uid: _uid, groups: _groups, extra: _extra, ...spec } = specOf(object);
  object.spec = {
    ...spec,
    username: name,
    ...(uid === undefined ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups: [...groups] }),
    ...(extra === undefined ? {} : { extra }),
  };
}

function keepSpecAndStatus(object: KubernetesObject, old: KubernetesObject): void {
  for (const field of ['spec', 'status'] as const) {
    if (old[field] === undefined) delete object[field];
    else object[field] = old[field];
  }
}

export const certificateSigningRequestStrategy: Strategy = {
  prepareForCreate(object, { user }) {
    setRequester(object, user);
    object.status = {};
  },
  validate: validateRequest,
  prepareForUpdate: keepSpecAndStatus,
  validateUpdate: (object, old) => validateRequestUpdate(object, old, {}),
  selectableFields: (object) => ({ 'spec.signerName': specOf(object).signerName ?? '' }),
  subresources: {
    approval: {
      resetFields: ['spec', 'status.certificate'],
      prepareForUpdate(object, old, { now }) {
        fillTimes(object, old, now);
        const { conditions } = statusOf(object);
        keepSpecAndStatus(object, old);
        const { conditions: _before, ...status } = statusOf(old);
        object.status = conditions === undefined ? status : { ...status, conditions };
      },
      validateUpdate: (object, old) => validateRequestUpdate(object, old, { mayApprove: true }),
    },
    status: {
      resetFields: ['spec', 'status.conditions'],
      prepareForUpdate(object, old, { now }) {
        keepAllButStatus(object, old);
        keepConditions(object, old, 'Approved');
        keepConditions(object, old, 'Denied');
        fillTimes(object, old, now);
      },
      validateUpdate: (object, old) =>
        validateRequestUpdate(object, old, { maySetCertificate: true }),
    },
  },
  resetFields: ['spec', 'status'],
  allowUnconditionalUpdate: true,
};

/** As many conditions of a type as there were are the ones that there were. */
function keepConditions(object: KubernetesObject, old: KubernetesObject, type: string): void {
  const isOfType = (condition: CertificateSigningRequestCondition): boolean =>
    condition.type === type;
  const kept = (statusOf(old).conditions ?? []).filter(isOfType);
  const conditions = statusOf(object).conditions ?? [];
  if (kept.length === 0 || conditions.filter(isOfType).length !== kept.length) return;
  let next = 0;
  const merged = conditions.map((condition) =>
    isOfType(condition) ? (kept[next++] ?? condition) : condition,
  );
  object.status = { ...statusOf(object), conditions: merged };
}

/** Times that the client leaves out: when it was written, and since when it is so. */
function fillTimes(object: KubernetesObject, old: KubernetesObject, nowMs: number): void {
  const now = formatTime(nowMs);
  const before = statusOf(old).conditions ?? [];
  for (const condition of statusOf(object).conditions ?? []) {
    condition.lastUpdateTime ??= now;
    const same = before.find(
      ({ type, status, lastTransitionTime: since }) =>
        type === condition.type && status === condition.status && since,
    );
    condition.lastTransitionTime ??= same?.lastTransitionTime ?? now;
  }
}
