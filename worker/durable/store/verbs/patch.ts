import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { formatAPIVersion } from '../../../../apimachinery/meta.ts';
import { newNotFound } from '../../../../apimachinery/status-error.ts';
import type { ResourceInfo } from '../../../registry/kind-table.ts';
import { applyJSONPatch } from '../../../registry/patch/json-patch.ts';
import { patchSource } from '../../../registry/patch/patch-problems.ts';
import { applyMergePatch } from '../../../registry/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../../../registry/patch/strategic-merge-patch.ts';
import { SCALE_SCHEMA, scaleOf } from '../../../registry/scale.ts';
import { decodeValue } from '../../../registry/schema/decode.ts';
import type { ApplyRequest, PatchRequest, WriteAnswer } from '../protocol.ts';
import {
  answer,
  fromStored,
  requestedInfo,
  toStored,
  type StoreContext,
} from '../store-context.ts';
import { applyObject } from './apply.ts';
import { updateObject } from './update.ts';

/**
 * Applies a patch to the current object in the turn that stores the result, so that a patch
 * without a resourceVersion never conflicts.
 */
export function patchVerb(
  context: StoreContext,
  request: PatchRequest | ApplyRequest,
): WriteAnswer {
  return answer(() =>
    context.commits.transact(
      () => {
        if (request.patchType === 'apply') return applyObject(context, request);
        const info = requestedInfo(context, request);
        const old = context.commits.read({ resource: request.resource, name: request.name });
        if (old === null) throw newNotFound(info, request.name);
        const isScale = request.subresource === 'scale';
        const base = isScale ? scaleOf(info, old) : fromStored(info, old);
        const target = patchedType(info, isScale);
        const value = applyPatch(base, request, target.schema);
        const patched = decodeValue(
          value,
          target,
          request.fieldValidation,
          patchSource(request.patchType, request.patch, value),
        );
        const stored = isScale ? patched.object : toStored(info, patched.object);
        const result = updateObject(context, request, stored);
        return { ...result, warnings: [...patched.warnings, ...result.warnings] };
      },
      { dryRun: request.dryRun },
    ),
  );
}

function patchedType(info: ResourceInfo, isScale: boolean) {
  return isScale
    ? { apiVersion: 'autoscaling/v1', kind: 'Scale', schema: SCALE_SCHEMA }
    : {
        apiVersion: formatAPIVersion(info.group, info.version),
        kind: info.kind,
        schema: info.schema,
        ...(info.custom === undefined ? {} : { custom: info.custom }),
      };
}

function applyPatch(
  base: KubernetesObject,
  request: PatchRequest,
  schema: string,
): Record<string, unknown> {
  switch (request.patchType) {
    case 'json':
      return applyJSONPatch(base, request.patch);
    case 'merge':
      return applyMergePatch(base, request.patch);
    case 'strategic':
      return applyStrategicMergePatch(base, request.patch, schema);
  }
}
