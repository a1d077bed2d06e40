import { parseAPIVersion } from '../../../../apimachinery/meta.ts';
import type { Status } from '../../../../apimachinery/status-error.ts';
import { base64Error } from '../../base64.ts';
import { formatKind } from '../matching/resource-view.ts';

/** What a webhook said. */
export interface ReviewResponse {
  readonly allowed: boolean;
  readonly result: Partial<Status>;
  /** In base64; '' for none. */
  readonly patch: string;
  readonly patchType: string;
  readonly warnings: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

type Fields = Readonly<Record<string, unknown>>;

const V1_REVIEW = { group: 'admission.k8s.io', version: 'v1', kind: 'AdmissionReview' };

/**
 * Reads the review that a webhook answered with (apiserver webhook/request
 * VerifyAdmissionResponse). That its uid is right was found out when it was received. Reviews of
 * v1beta1 were never looked at so closely.
 *
 * @returns the response, or why it is of no use: the reason of a failed call.
 */
export function readReview(
  review: Fields,
  version: string,
  isMutating: boolean,
): ReviewResponse | string {
  if (!isFields(review['response'])) return invalid('webhook response was absent');
  const response = withoutNulls(review['response']);
  const malformed = shapeProblem(response);
  if (malformed !== undefined) return `failed to call webhook: ${malformed}`;
  const { patch: encoded = '', patchType } = response as { patch?: string; patchType?: string };
  if (version === 'v1') {
    const problem =
      kindProblem(review) ??
      (isMutating ? patchProblem(encoded, patchType) : unwantedPatch(encoded, patchType));
    if (problem !== undefined) return invalid(problem);
  }
  const patch = isMutating ? encoded : '';
  return {
    allowed: response['allowed'] === true,
    result: isFields(response['status']) ? response['status'] : {},
    patch,
    patchType: patch === '' ? '' : version === 'v1' ? (patchType ?? '') : 'JSONPatch',
    warnings: (response['warnings'] ?? []) as string[],
    auditAnnotations: (response['auditAnnotations'] ?? {}) as Record<string, string>,
  };
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Go decodes null as if nothing was there. */
const withoutNulls = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

const invalid = (reason: string): string => `received invalid webhook response: ${reason}`;

function kindProblem({ apiVersion, kind }: Fields): string | undefined {
  const got = {
    ...parseAPIVersion(typeof apiVersion === 'string' ? apiVersion : ''),
    kind: typeof kind === 'string' ? kind : '',
  };
  const [wanted, actual] = [formatKind(V1_REVIEW), formatKind(got)];
  return wanted === actual ? undefined : `expected webhook response of ${wanted}, got ${actual}`;
}

/** A patch and its type come together. */
function patchProblem(patch: string, patchType: string | undefined): string | undefined {
  if (patch !== '' && patchType === undefined) {
    return 'webhook returned response.patch but not response.patchType';
  }
  if (patch === '' && patchType !== undefined) {
    return 'webhook returned response.patchType but not response.patch';
  }
  return patchType === '' ? 'webhook returned invalid response.patchType of ""' : undefined;
}

function unwantedPatch(patch: string, patchType: string | undefined): string | undefined {
  if (patch !== '') return 'validating webhook may not return response.patch';
  return patchType === undefined
    ? undefined
    : 'validating webhook may not return response.patchType';
}

/** What keeps a response from being read at all, in the words of Go's decoder. */
function shapeProblem(response: Fields): string | undefined {
  const mismatch = (field: string, type: string): string =>
    `json: cannot unmarshal ${jsonType(response[field])} into Go struct field AdmissionResponse.response.${field} of type ${type}`;
  const { allowed, patch, patchType, status, warnings, auditAnnotations } = response;
  if (allowed !== undefined && typeof allowed !== 'boolean') return mismatch('allowed', 'bool');
  if (status !== undefined && !isFields(status)) return mismatch('status', 'v1.Status');
  if (patch !== undefined) {
    if (typeof patch !== 'string') return mismatch('patch', '[]uint8');
    const problem = base64Error(patch);
    if (problem !== undefined) return problem;
  }
  if (patchType !== undefined && typeof patchType !== 'string') {
    return mismatch('patchType', 'v1.PatchType');
  }
  if (auditAnnotations !== undefined && !hasOnlyTexts(auditAnnotations)) {
    return mismatch('auditAnnotations', 'map[string]string');
  }
  const areTexts = Array.isArray(warnings) && warnings.every((text) => typeof text === 'string');
  return warnings === undefined || areTexts ? undefined : mismatch('warnings', '[]string');
}

const hasOnlyTexts = (value: unknown): boolean =>
  isFields(value) && Object.values(value).every((text) => typeof text === 'string');

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'number':
    case 'string':
      return typeof value;
    default:
      return 'object';
  }
}
