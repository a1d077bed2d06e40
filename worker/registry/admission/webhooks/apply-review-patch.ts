import { quoteText } from '../../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { newInternalError, StatusError } from '../../../../apimachinery/status-error.ts';
import { decodeBase64Text } from '../../base64.ts';
import { applyJSONPatch } from '../../patch/json-patch.ts';
import { readPatch } from '../../patch/patch-document.ts';
import { deepEqual } from '../../rest/deep-equal.ts';
import { showAs, type ResourceView } from '../matching/resource-view.ts';
import { decodeMutated, replaceObject } from '../mutated-object.ts';
import type { AdmissionAttributes } from '../plugin.ts';
import type { ReviewResponse } from './review-response.ts';
import { CallFailure } from './webhook-errors.ts';

/**
 * Applies the patch of a webhook to the admitted object.
 *
 * @returns whether that changed it, or that the answer was of no use.
 * @throws StatusError InternalError: the patch does not fit, or its result is none of the kind.
 */
export function applyReviewPatch(
  webhook: string,
  response: ReviewResponse,
  attributes: AdmissionAttributes,
  view: ResourceView,
): boolean | CallFailure {
  if (response.patch === '') return false;
  const patch = readOperations(response.patch);
  if (typeof patch === 'string') {
    return new CallFailure(webhook, `received undecodable patch in webhook response: ${patch}`);
  }
  if (patch.length === 0) return false;
  const before = showAs(view, attributes.object);
  if (before === null) {
    throw newInternalError(
      `admission webhook ${quoteText(webhook)} attempted to modify the object, which is not supported for this operation`,
    );
  }
  if (response.patchType !== 'JSONPatch') {
    return new CallFailure(webhook, `unsupported patch type ${quoteText(response.patchType)}`);
  }
  const after = patched(before, patch, view);
  const changed = !deepEqual(before, after);
  replaceObject(attributes, view, after);
  return changed;
}

/** The operations, or why there are none to be read. */
function readOperations(base64: string): readonly unknown[] | string {
  try {
    const patch = readPatch(decodeBase64Text(base64)) ?? [];
    return Array.isArray(patch)
      ? patch
      : 'json: cannot unmarshal object into Go value of type jsonpatch.Patch';
  } catch (error) {
    return messageOf(error);
  }
}

function patched(
  before: KubernetesObject,
  patch: readonly unknown[],
  view: ResourceView,
): KubernetesObject {
  try {
    return decodeMutated(view, applyJSONPatch(before, patch)).object;
  } catch (error) {
    throw newInternalError(messageOf(error));
  }
}

/** Why a patch failed is the cause of an error that tells clients less. */
function messageOf(error: unknown): string {
  if (error instanceof StatusError && error.cause instanceof Error) return error.cause.message;
  return error instanceof Error ? error.message : String(error);
}
