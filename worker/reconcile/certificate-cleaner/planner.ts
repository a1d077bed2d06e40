import type {
  CertificateSigningRequestSpec,
  CertificateSigningRequestStatus,
} from 'kubernetes-types/certificates/v1.js';
import { certificateNotAfter } from '../../registry/resources/certificates/certificate-validity.ts';
import { as } from '../kinds.ts';
import type { Stored } from '../kinds.ts';
import { EMPTY_PLAN } from '../planner.ts';
import type { Plan, Planner } from '../planner.ts';

const REQUESTS = 'certificatesigningrequests.certificates.k8s.io';
/** Upstream's deniedExpiration and approvedExpiration; what failed goes as what was denied. */
const DECIDED_MS = 3_600_000;
/** Upstream's pendingExpiration. */
const PENDING_MS = 24 * 3_600_000;

type Request = Stored<CertificateSigningRequestSpec, CertificateSigningRequestStatus>;

export const certificateCleanerPlanner: Planner<Request> = {
  name: 'csrcleaner',
  account: 'certificate-controller',
  keysFor: ({ resource, name, after }) => (resource === REQUESTS && after !== null ? [name] : []),
  observe(reader, key) {
    const object = reader.get(REQUESTS, key);
    return object === null ? null : as<Request>(object);
  },
  plan: planRequestExpiry,
};

/** Deletes a request that nobody has any use for, or says when that will be. */
export function planRequestExpiry(request: Request, now: number): Plan {
  const { name, uid, deletionTimestamp } = request.metadata;
  const expiry = expiresAt(request);
  if (!Number.isFinite(expiry) || deletionTimestamp !== undefined) return EMPTY_PLAN;
  if (expiry > now) return { writes: [], requeueAfterMs: expiry - now };
  return { writes: [{ verb: 'delete', resource: REQUESTS, name, uid }] };
}

/** Milliseconds since the epoch; Infinity for what is approved and still to be signed. */
function expiresAt({ metadata, status }: Request): number {
  const conditions = status?.conditions ?? [];
  const certificate = status?.certificate;
  if (conditions.length === 0) return timeOf(metadata.creationTimestamp) + PENDING_MS;
  const times = conditions.map(({ type, lastUpdateTime }) => {
    const isDecided = type === 'Denied' || type === 'Failed';
    if (isDecided) return timeOf(lastUpdateTime) + DECIDED_MS;
    if (type !== 'Approved' || certificate === undefined) return Infinity;
    const notAfter = certificateNotAfter(certificate) ?? Infinity;
    return Math.min(timeOf(lastUpdateTime) + DECIDED_MS, notAfter);
  });
  return Math.min(...times);
}

/** What has no time does not grow old. */
function timeOf(text: string | undefined): number {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? Infinity : time;
}
