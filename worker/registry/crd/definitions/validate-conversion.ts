import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import { validateDNS1035Label } from '../../../../apimachinery/names.ts';
import { base64Error, decodeBase64Text } from '../../base64.ts';
import { HTTPS_PORT, validateWebhookClient } from '../../resources/admission/webhook-client.ts';
import type { CustomResourceDefinition, WebhookConversion } from '../types.ts';

type ConversionSpec = NonNullable<CustomResourceDefinition['spec']['conversion']>;

/** Versions of ConversionReview that API servers know. */
const REVIEW_VERSIONS = ['v1', 'v1beta1'];

export interface ConversionRules {
  /** Whether one of the review versions must be known. */
  readonly requireKnownReview: boolean;
  readonly allowInvalidCABundle: boolean;
}

export function validateConversion(
  conversion: ConversionSpec | undefined,
  path: string,
  rules: ConversionRules,
): FieldError[] {
  if (conversion === undefined) return [];
  const { strategy, webhook } = conversion;
  const errors: FieldError[] = [];
  if (strategy === '') errors.push(required(`${path}.strategy`));
  else if (strategy !== 'None' && strategy !== 'Webhook') {
    errors.push(notSupported(`${path}.strategy`, strategy, ['None', 'Webhook']));
  }
  const reviews = webhook?.conversionReviewVersions ?? [];
  if (strategy === 'Webhook') {
    return [
      ...errors,
      ...validateClient(webhook?.clientConfig, `${path}.webhookClientConfig`, rules),
      ...validateReviews(reviews, `${path}.conversionReviewVersions`, rules.requireKnownReview),
    ];
  }
  const detail = 'should not be set when strategy is not set to Webhook';
  if (webhook?.clientConfig !== undefined) {
    errors.push(forbidden(`${path}.webhookClientConfig`, detail));
  }
  if (reviews.length > 0) errors.push(forbidden(`${path}.conversionReviewVersions`, detail));
  return errors;
}

function validateClient(
  client: WebhookConversion['clientConfig'],
  path: string,
  rules: ConversionRules,
): FieldError[] {
  if (client === undefined) return [required(path, 'required when strategy is set to Webhook')];
  const { service, caBundle = '' } = client;
  // Definitions that are stored may be older than the default.
  const reference = service === undefined ? {} : { service: { port: HTTPS_PORT, ...service } };
  const errors = validateWebhookClient({ ...client, ...reference }, path);
  if (caBundle !== '' && !rules.allowInvalidCABundle && !isCABundle(caBundle)) {
    const detail = 'unable to load root certificates: unable to parse bytes as PEM block';
    errors.push(invalid(`${path}.caBundle`, caBundle, detail));
  }
  return errors;
}

/** Whether bytes, in base64, hold a certificate as PEM. */
export function isCABundle(bundle: string): boolean {
  const marker = '-----BEGIN CERTIFICATE-----';
  return base64Error(bundle) === undefined && decodeBase64Text(bundle).includes(marker);
}

function validateReviews(
  versions: readonly string[],
  field: string,
  requireKnown: boolean,
): FieldError[] {
  if (versions.length === 0) return [required(field)];
  const errors = versions.flatMap((version, i) =>
    versions.indexOf(version) < i
      ? [invalid(`${field}[${i}]`, version, 'duplicate version')]
      : validateDNS1035Label(version).map((m) => invalid(`${field}[${i}]`, version, m)),
  );
  if (requireKnown && !hasKnownReview(versions)) {
    const detail = `must include at least one of ${REVIEW_VERSIONS.join(', ')}`;
    errors.push(invalid(field, versions, detail));
  }
  return errors;
}

export const hasKnownReview = (versions: readonly string[]): boolean =>
  versions.some((version) => REVIEW_VERSIONS.includes(version));
