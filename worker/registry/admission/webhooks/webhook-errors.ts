import {
  newBadRequest,
  newInternalError,
  StatusError,
  type Status,
} from '../../../../apimachinery/status-error.ts';
import { quoteText } from '../../../../apimachinery/field-error.ts';

const BAD_REQUEST = 400;

/** A webhook that could not be asked, or whose answer is of no use; what its failure policy is about. */
export class CallFailure {
  readonly message: string;

  constructor(webhook: string, reason: string) {
    this.message = `failed calling webhook ${quoteText(webhook)}: ${reason}`;
  }

  get status(): StatusError {
    return newInternalError(this.message);
  }
}

/** The refusal of a webhook, by the status that it gave (apiserver webhook/errors ToStatusErr). */
export function newRejection(webhook: string, result: Partial<Status>): StatusError {
  const denied = `admission webhook ${quoteText(webhook)} denied the request`;
  const { message = '', reason = '', code = 0, status, details } = result;
  const why = message || reason;
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: result.metadata ?? {},
    status: status === undefined || status === 'Success' ? 'Failure' : status,
    message: why === '' ? `${denied} without explanation` : `${denied}: ${why}`,
    ...(reason === '' ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code: code < BAD_REQUEST ? BAD_REQUEST : code,
  });
}

/** A dry run must have no effects, and the webhook does not promise to have none. */
export function checkDryRun(
  webhook: string,
  sideEffects: string | undefined,
): CallFailure | StatusError | undefined {
  if (sideEffects === undefined) return new CallFailure(webhook, 'Webhook SideEffects is nil');
  if (sideEffects === 'None' || sideEffects === 'NoneOnDryRun') return undefined;
  return newBadRequest(`admission webhook ${quoteText(webhook)} does not support dry run`);
}
