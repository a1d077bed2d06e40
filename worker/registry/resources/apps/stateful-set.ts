import type { StatefulSetSpec } from 'kubernetes-types/apps/v1.js';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSLabel } from '../../../../apimachinery/names.ts';
import type { Strategy } from '../../strategy.ts';
import { setClaimDefaults } from '../claim-defaults.ts';
import { setTemplateDefaults, templateWarnings } from '../pod/template.ts';
import {
  validateAvailableAreReady,
  validateCollisionCount,
  validateCounts,
  validateWithinReplicas,
} from '../replica-status.ts';
import { SCALE_SUBRESOURCE } from '../scale-subresource.ts';
import { dropStatus, keepStatus, newStatusSubresource } from '../status-subresource.ts';
import { claimSpecWarnings } from '../volumes/claim-warnings.ts';
import { dropDisabledPodFields } from '../pod/drop-disabled.ts';
import { validateStatefulSet, validateStatefulSetUpdate } from './validate-stateful-set.ts';

const specOf = (object: KubernetesObject): Partial<StatefulSetSpec> => object.spec ?? {};

export const statefulSetStrategy: Strategy = {
  setDefaults,
  prepareForCreate(object) {
    dropStatus(object);
    dropMaxUnavailable(specOf(object), undefined);
    dropDisabledPodFields(specOf(object).template?.spec);
  },
  validate: validateStatefulSet,
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    dropMaxUnavailable(specOf(object), specOf(old));
    dropDisabledPodFields(specOf(object).template?.spec, specOf(old).template?.spec);
  },
  validateUpdate: validateStatefulSetUpdate,
  warnings(object, old) {
    const { template, volumeClaimTemplates = [], revisionHistoryLimit = 0 } = specOf(object);
    return [
      ...templateWarnings(object, old, template, 'spec.template'),
      // The paths are upstream's, which are not those of the fields.
      ...volumeClaimTemplates.flatMap(({ spec = {} }, i) =>
        claimSpecWarnings(spec, `spec.volumeClaimTemplates[${i}]${old === null ? '' : '.Spec'}`),
      ),
      ...(revisionHistoryLimit < 0
        ? [
            'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
          ]
        : []),
    ];
  },
  validateName: nameIsDNSLabel,
  subresources: {
    status: newStatusSubresource((object, old) => [
      ...validateCounts(object, [
        'replicas',
        'readyReplicas',
        'currentReplicas',
        'updatedReplicas',
        'availableReplicas',
        'observedGeneration',
        'collisionCount',
      ]),
      ...validateWithinReplicas(object, [
        'readyReplicas',
        'currentReplicas',
        'updatedReplicas',
        'availableReplicas',
      ]),
      ...validateAvailableAreReady(object, 'cannot be greater than status.readyReplicas'),
      ...validateCollisionCount(object, old),
    ]),
    scale: SCALE_SUBRESOURCE,
  },
  hasGeneration: true,
  allowUnconditionalUpdate: true,
};

function setDefaults(object: KubernetesObject): void {
  const spec = specOf(object);
  object.spec = spec;
  spec.podManagementPolicy ||= 'OrderedReady';
  const strategy = (spec.updateStrategy ??= {});
  if (!strategy.type) {
    strategy.type = 'RollingUpdate';
    strategy.rollingUpdate ??= {};
  }
  if (strategy.type === 'RollingUpdate' && strategy.rollingUpdate !== undefined) {
    strategy.rollingUpdate.partition ??= 0;
  }
  const retention = (spec.persistentVolumeClaimRetentionPolicy ??= {});
  retention.whenDeleted ||= 'Retain';
  retention.whenScaled ||= 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  setTemplateDefaults(spec.template);
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion ||= 'v1';
    claim.kind ||= 'PersistentVolumeClaim';
    setClaimDefaults(claim);
  }
}

/** The field is behind a gate (MaxUnavailableStatefulSet) that v1.36 leaves closed. */
function dropMaxUnavailable(
  spec: Partial<StatefulSetSpec>,
  old: Partial<StatefulSetSpec> | undefined,
): void {
  const update = spec.updateStrategy?.rollingUpdate;
  if (update === undefined) return;
  if (old?.updateStrategy?.rollingUpdate?.maxUnavailable === undefined) {
    delete update.maxUnavailable;
  }
}
