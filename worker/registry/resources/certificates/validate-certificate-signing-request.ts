import type {
  CertificateSigningRequestCondition,
  CertificateSigningRequestSpec,
  CertificateSigningRequestStatus,
} from 'kubernetes-types/certificates/v1.js';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import { validateSignerName } from '../signer-name.ts';
import { isDERSequence, pemBlocks } from './pem.ts';

const LEGACY_SIGNER = 'kubernetes.io/legacy-unknown';
const MIN_EXPIRATION_SECONDS = 600;
const STATUSES = ['False', 'True', 'Unknown'];
/** Conditions that are never taken back. */
const FINAL_TYPES = ['Approved', 'Denied', 'Failed'];
const USAGES = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];

const CONDITIONS = 'status.conditions';
const CERTIFICATE = 'status.certificate';

const specOf = (object: KubernetesObject): Partial<CertificateSigningRequestSpec> =>
  object.spec ?? {};
const statusOf = (object: KubernetesObject): CertificateSigningRequestStatus => object.status ?? {};
const conditionsOf = (object: KubernetesObject): CertificateSigningRequestCondition[] =>
  statusOf(object).conditions ?? [];

/** What may go on because it was let in once. */
interface Tolerance {
  readonly bothDecisions: boolean;
  readonly legacySigner: boolean;
  readonly repeatedTypes: boolean;
  readonly emptyTypes: boolean;
  readonly anyCertificate: boolean;
  readonly repeatedUsages: boolean;
  readonly unknownUsages: boolean;
}

const NO_TOLERANCE: Tolerance = {
  bothDecisions: false,
  legacySigner: false,
  repeatedTypes: false,
  emptyTypes: false,
  anyCertificate: false,
  repeatedUsages: false,
  unknownUsages: false,
};

const hasRepeats = (list: readonly string[]): boolean => new Set(list).size < list.length;

function toleranceAfter(object: KubernetesObject, old: KubernetesObject): Tolerance {
  const types = conditionsOf(old).map(({ type }) => type);
  const usages = specOf(old).usages ?? [];
  const certificate = statusOf(old).certificate ?? '';
  return {
    bothDecisions: types.includes('Approved') && types.includes('Denied'),
    legacySigner: specOf(old).signerName === LEGACY_SIGNER,
    repeatedTypes: hasRepeats(types),
    emptyTypes: types.includes(''),
    anyCertificate:
      (statusOf(object).certificate ?? '') === certificate ||
      certificateProblem(certificate) !== undefined,
    repeatedUsages: hasRepeats(usages),
    unknownUsages: usages.some((usage) => !USAGES.includes(usage)),
  };
}

export function validateRequest(object: KubernetesObject): FieldError[] {
  return validateWith(object, NO_TOLERANCE);
}

function validateWith(object: KubernetesObject, tolerance: Tolerance): FieldError[] {
  const { request = '', signerName = '', expirationSeconds: seconds } = specOf(object);
  const errors: FieldError[] = [];
  const problem = requestProblem(request);
  if (problem !== undefined) errors.push(invalid('spec.request', request, problem));
  errors.push(...validateUsages(specOf(object).usages ?? [], tolerance));
  if (!tolerance.legacySigner && signerName === LEGACY_SIGNER) {
    const detail = 'the legacy signerName is not allowed via this API version';
    errors.push(invalid('spec.signerName', signerName, detail));
  } else errors.push(...validateSignerName(signerName, 'spec.signerName'));
  if (seconds !== undefined && seconds < MIN_EXPIRATION_SECONDS) {
    const detail = 'may not specify a duration less than 600 seconds (10 minutes)';
    errors.push(invalid('spec.expirationSeconds', seconds, detail));
  }
  errors.push(...validateConditions(conditionsOf(object), tolerance));
  if (tolerance.anyCertificate) return errors;
  const certificate = certificateProblem(statusOf(object).certificate ?? '');
  return certificate === undefined
    ? errors
    : [...errors, invalid(CERTIFICATE, '<certificate data>', certificate)];
}

/** Of a PKCS#10 request only the outer form is looked at: what is inside is the signer's. */
function requestProblem(request: string): string | undefined {
  const [block] = pemBlocks(request ?? '');
  if (block?.type !== 'CERTIFICATE REQUEST') return 'PEM block type must be CERTIFICATE REQUEST';
  return isDERSequence(block) ? undefined : 'asn1: syntax error: data truncated';
}

function certificateProblem(certificate: string): string | undefined {
  if (certificate === '') return undefined;
  const blocks = pemBlocks(certificate);
  for (const block of blocks) {
    if (block.type !== 'CERTIFICATE') {
      return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(block.type)}`;
    }
    if (block.hasHeaders) return 'no PEM block headers are permitted';
    if (block.base64 === '') return 'found CERTIFICATE PEM block containing 0 certificates';
    if (!isDERSequence(block)) return 'x509: malformed certificate';
  }
  return blocks.length === 0 ? 'must contain at least one CERTIFICATE PEM block' : undefined;
}

function validateUsages(usages: readonly string[], tolerance: Tolerance): FieldError[] {
  const field = 'spec.usages';
  const errors = usages.length === 0 ? [required(field)] : [];
  usages.forEach((usage, i) => {
    if (tolerance.unknownUsages || USAGES.includes(usage)) return;
    errors.push(notSupported(`${field}[${i}]`, usage, USAGES));
  });
  usages.forEach((usage, i) => {
    if (tolerance.repeatedUsages || usages.indexOf(usage) === i) return;
    errors.push(duplicate(`${field}[${i}]`, usage));
  });
  return errors;
}

function validateConditions(
  conditions: readonly CertificateSigningRequestCondition[],
  tolerance: Tolerance,
): FieldError[] {
  const seen = new Set<string>();
  return conditions.flatMap(({ type, status }, i) => {
    const at = `${CONDITIONS}[${i}]`;
    const errors: FieldError[] = [];
    if (type === '' && !tolerance.emptyTypes) errors.push(required(`${at}.type`));
    const allowed = FINAL_TYPES.includes(type) ? ['True'] : STATUSES;
    // The type of the status is narrower than what clients send.
    const sent: string = status;
    if (sent === '') errors.push(required(`${at}.status`));
    else if (!allowed.includes(sent)) errors.push(notSupported(`${at}.status`, sent, allowed));
    const other = { Approved: 'Denied', Denied: 'Approved' }[type];
    if (!tolerance.bothDecisions && other !== undefined && seen.has(other)) {
      const detail = 'Approved and Denied conditions are mutually exclusive';
      errors.push(invalid(CONDITIONS, type, detail));
    }
    if (!tolerance.repeatedTypes && seen.has(type)) errors.push(duplicate(`${at}.type`, type));
    seen.add(type);
    return errors;
  });
}

export interface UpdateRights {
  /** Through the `approval` subresource. */
  readonly mayApprove?: boolean;
  /** Through the `status` subresource. */
  readonly maySetCertificate?: boolean;
}

export function validateRequestUpdate(
  object: KubernetesObject,
  old: KubernetesObject,
  rights: UpdateRights,
): FieldError[] {
  const ofType = (o: KubernetesObject, type: string): CertificateSigningRequestCondition[] =>
    conditionsOf(o).filter((condition) => condition.type === type);
  const errors = validateWith(object, toleranceAfter(object, old));
  const refuse = (what: string, type: string): void => {
    const detail = `updates may not ${what} a condition of type "${type}"`;
    errors.push(forbidden(CONDITIONS, detail));
  };
  for (const type of FINAL_TYPES) {
    if (ofType(object, type).length < ofType(old, type).length) refuse('remove', type);
  }
  for (const type of rights.mayApprove === true ? [] : ['Approved', 'Denied']) {
    const [now, before] = [ofType(object, type), ofType(old, type)];
    if (now.length > before.length) refuse('add', type);
    else if (now.length === before.length && !deepEqual(now, before)) refuse('modify', type);
  }
  const before = statusOf(old).certificate ?? '';
  if ((statusOf(object).certificate ?? '') === before) return errors;
  if (rights.maySetCertificate !== true) {
    errors.push(forbidden(CERTIFICATE, 'updates may not set certificate content'));
  } else if (before !== '') {
    errors.push(forbidden(CERTIFICATE, 'updates may not modify existing certificate content'));
  }
  return errors;
}
