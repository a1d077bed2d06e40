import {
  formatAPIVersion,
  parseAPIVersion,
  type KubernetesObject,
} from '../../../../apimachinery/meta.ts';
import { StatusError } from '../../../../apimachinery/status-error.ts';
import type { Inquiries, WebhookInquiry, WebhookOutcome } from '../../admission/inquiry.ts';
import { goTypeName } from '../../apply/value-errors.ts';
import { isObject, type JSONObject } from '../schema/json-value.ts';
import type { CustomResourceDefinition } from '../types.ts';
import { identityProblem, restoreMetadata } from './converted-metadata.ts';

/** Versions of apiextensions.k8s.io in which conversions can be asked for. */
const REVIEW_VERSIONS: readonly string[] = ['v1', 'v1beta1'];
const TIMEOUT_SECONDS = 30;
const GROUP = 'apiextensions.k8s.io';

/**
 * Has objects of a definition converted by its webhook (apiextensions-apiserver
 * conversion/webhook_converter.go). Those that are in the version already are not sent.
 *
 * @returns the objects in their order; only what was sent is new.
 * @throws StatusError 500 without a reason, in upstream's words: the webhook cannot be asked, refuses,
 * or answers with something else than was asked for.
 * @throws InquiryPending
 */
export function convertByWebhook(
  crd: CustomResourceDefinition,
  objects: readonly KubernetesObject[],
  apiVersion: string,
  inquiries: Inquiries,
): KubernetesObject[] {
  const sent = objects.filter((object) => object.apiVersion !== apiVersion && !isBare(object));
  if (sent.length === 0) return objects.map((object) => ({ ...object, apiVersion }));
  const version = reviewVersion(crd);
  if (version === undefined) throw newFailure('no supported conversion review versions');
  const [outcome] = inquiries.ask([newConversionInquiry(crd, sent, apiVersion, version)]);
  const kind = describeKind(crd, objects);
  const fail = (why: string): StatusError => newFailure(`conversion webhook for ${kind} ${why}`);
  const converted = readConversion(outcome, version, fail);
  if (converted.length !== sent.length) {
    throw fail(`returned ${converted.length} objects, expected ${sent.length}`);
  }
  const accept = newAcceptance(crd.spec.names.kind, apiVersion, objects.length > 1, fail);
  const results = new Map(sent.map((object, i) => [object, accept(object, converted[i], i)]));
  return objects.map((object) => results.get(object) ?? { ...object, apiVersion });
}

const reviewVersion = ({ spec }: CustomResourceDefinition): string | undefined =>
  spec.conversion?.webhook?.conversionReviewVersions?.find((v) => REVIEW_VERSIONS.includes(v));

/** Nothing but a type: there is nothing to ask about. */
const isBare = (object: KubernetesObject): boolean => Object.keys(object).length === 2;

/** The question; `uid` is added to the request by whoever puts it. */
export function newConversionInquiry(
  crd: CustomResourceDefinition,
  objects: readonly KubernetesObject[],
  desiredAPIVersion: string,
  version: string,
): WebhookInquiry {
  return {
    kind: 'webhook',
    use: 'conversion',
    name: `conversion_webhook_for_${crd.metadata.name ?? ''}`,
    client: crd.spec.conversion?.webhook?.clientConfig ?? {},
    timeoutSeconds: TIMEOUT_SECONDS,
    review: {
      apiVersion: `${GROUP}/${version}`,
      kind: 'ConversionReview',
      request: { desiredAPIVersion, objects },
    },
  };
}

/** What messages call what is converted: the kind of one object, or that of a list of them. */
function describeKind(
  { spec }: CustomResourceDefinition,
  objects: readonly KubernetesObject[],
): string {
  const { kind, listKind = `${kind}List` } = spec.names;
  return formatKind(objects[0]?.apiVersion, objects.length > 1 ? listKind : kind);
}

function formatKind(apiVersion: unknown, kind: unknown): string {
  const text = typeof apiVersion === 'string' ? apiVersion : '';
  const { group, version } = parseAPIVersion(text);
  return `${group}/${version}, Kind=${typeof kind === 'string' ? kind : ''}`;
}

/** An error that upstream hands on as it is. */
const newFailure = (message: string): StatusError =>
  new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    code: 500,
  });

/** The objects of an answer that tells of success. Reviews of v1beta1 were never looked at closely. */
function readConversion(
  outcome: WebhookOutcome | undefined,
  version: string,
  fail: (why: string) => StatusError,
): readonly unknown[] {
  if (outcome === undefined) throw new Error('a question to a webhook was not answered');
  if (!outcome.ok) throw fail(`failed: ${outcome.message}`);
  const { apiVersion, kind, response } = outcome.response;
  const wanted = formatKind(`${GROUP}/v1`, 'ConversionReview');
  const got = formatKind(apiVersion, kind);
  if (version === 'v1' && got !== wanted) {
    throw fail(`failed: expected webhook response of ${wanted}, got ${got}`);
  }
  if (!isObject(response)) throw fail('failed: no response provided');
  const { status = '', message = '' } = (
    isObject(response['result']) ? response['result'] : {}
  ) as {
    status?: string;
    message?: string;
  };
  if (status !== 'Success') {
    throw fail(`failed: ${message || `response.result.status was '${status}', not 'Success'`}`);
  }
  const objects = response['convertedObjects'];
  return Array.isArray(objects) ? objects : [];
}

/** Accepts one converted object, which is still the same object in every other respect. */
function newAcceptance(
  kind: string,
  apiVersion: string,
  isList: boolean,
  fail: (why: string) => StatusError,
): (original: KubernetesObject, converted: unknown, index: number) => KubernetesObject {
  return (original, converted, i) => {
    const at = ` at index ${i}`;
    const what = isList ? `invalid converted object${at}` : 'invalid object';
    const ofType = isList ? what : `${what}${at}`;
    if (!isObject(converted)) {
      throw fail(`returned ${ofType}: unexpected type ${goTypeName(converted)}`);
    }
    const got = groupVersionOf(converted);
    if (got !== apiVersion) {
      throw fail(
        `returned ${ofType}: invalid groupVersion (expected ${apiVersion}, received ${got})`,
      );
    }
    if (converted['kind'] !== kind) {
      const received = typeof converted['kind'] === 'string' ? converted['kind'] : '';
      throw fail(`returned ${ofType}: invalid kind (expected ${kind}, received ${received})`);
    }
    const problem = identityProblem(original, converted);
    if (problem !== undefined) throw fail(`returned ${what}: ${problem}`);
    const metadata = restoreMetadata(original, converted);
    if (typeof metadata !== 'string') return { ...converted, metadata };
    throw fail(`returned invalid metadata${isList ? ` in object${at}` : ''}: ${metadata}`);
  };
}

function groupVersionOf({ apiVersion }: JSONObject): string {
  const { group, version } = parseAPIVersion(typeof apiVersion === 'string' ? apiVersion : '');
  return formatAPIVersion(group, version);
}
