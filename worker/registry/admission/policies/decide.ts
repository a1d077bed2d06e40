import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { byteLength } from '../../../../apimachinery/names.ts';
import { evaluateAll, type Result, RUNTIME_COST_BUDGET } from '../expressions/evaluate.ts';
import type { RequestValues } from '../expressions/request-values.ts';
import type { Validation } from '../../resources/admission/validating-policy.ts';
import type { ValidatingExpressions } from './validating-expressions.ts';

/** What one validation, or what went wrong with all of them, comes to. */
export type Decision =
  | { readonly denies: false }
  | { readonly denies: true; readonly message: string; readonly reason: string };

/** What an audit annotation comes to: a text for the log, or an error that refuses the request. */
export interface Annotation {
  readonly key: string;
  readonly value?: string;
  readonly error?: string;
}

export interface Verdict {
  readonly decisions: readonly Decision[];
  readonly annotations: readonly Annotation[];
}

const MAX_MESSAGE_BYTES = 5 * 1024;
/** Of errors, and of validations that do not name one. */
const DEFAULT_REASON = 'Invalid';
const ADMITTED: Decision = { denies: false };

/**
 * Evaluates a policy with one set of parameters (apiserver policy/validating validator.go).
 *
 * @param ignoresErrors by the policy's failurePolicy: errors admit then.
 * @throws InquiryPending
 */
export function decide(
  expressions: ValidatingExpressions,
  values: RequestValues,
  params: KubernetesObject | null,
  ignoresErrors: boolean,
): Verdict {
  const failed = (message: string): Decision =>
    ignoresErrors ? ADMITTED : { denies: true, message, reason: '' };
  const { conditions, variables, validations, annotations } = expressions;
  const matches = conditions?.match(values.forConditions(params)) ?? true;
  if (matches === false) return { decisions: [], annotations: [] };
  if (matches !== true) return { decisions: [failed(matches.error)], annotations: [] };
  const shared = values.forMessages(params);
  const judged = evaluateAll(
    validations,
    values.forDecisions(params),
    RUNTIME_COST_BUDGET,
    variables,
  );
  if (judged.failure !== undefined) {
    return { decisions: [failed(judged.failure)], annotations: [] };
  }
  const messages = evaluateAll(expressions.messages, shared, judged.left, variables);
  let next = 0;
  const decisions = judged.results.map((result, i): Decision => {
    const source = validations[i]?.source ?? {};
    const message =
      source.messageExpression && messages.failure === undefined
        ? messages.results[next++]
        : undefined;
    if (result.error !== undefined) return failed(result.error);
    if (messages.failure !== undefined) {
      return failed(`failed messageExpression: ${messages.failure}`);
    }
    if (result.value === true) return ADMITTED;
    return {
      denies: true,
      message: messageOf(source, message),
      reason: source.reason ?? DEFAULT_REASON,
    };
  });
  const noted = evaluateAll(annotations, shared, RUNTIME_COST_BUDGET, variables);
  if (noted.failure !== undefined) return { decisions: [failed(noted.failure)], annotations: [] };
  return {
    decisions,
    annotations: noted.results.map((result, i) =>
      annotationOf(annotations[i]?.source.key ?? '', result, ignoresErrors),
    ),
  };
}

/** The text of the author: what the expression gives, if it is of use, or else what is written. */
function messageOf(
  { message = '', expression = '' }: Validation,
  evaluated: Result | undefined,
): string {
  const value = evaluated?.error === undefined ? evaluated?.value : undefined;
  const text = typeof value === 'string' ? value.trim() : '';
  if (text !== '' && byteLength(text) <= MAX_MESSAGE_BYTES && !text.includes('\n')) return text;
  return message.trim() || `failed expression: ${expression.trim()}`;
}

/** Null and blank texts are left out. */
function annotationOf(key: string, result: Result, ignoresErrors: boolean): Annotation {
  if (result.error !== undefined) return ignoresErrors ? { key } : { key, error: result.error };
  const value = typeof result.value === 'string' ? result.value.trim() : '';
  return value === '' ? { key } : { key, value };
}
