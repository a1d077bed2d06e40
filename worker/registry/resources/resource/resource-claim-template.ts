import type { KubernetesObject, ObjectMeta } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import type { Strategy } from '../../strategy.ts';
import { validateTemplateMetadata } from '../volumes/claim-spec.ts';
import { setClaimDefaults, validateClaimSpec } from './device-claim.ts';
import type { ClaimSpec } from './device-types.ts';
import { validateSpecKept } from './resource-claim.ts';

interface TemplateSpec {
  readonly metadata?: ObjectMeta;
  readonly spec?: ClaimSpec;
}

const specOf = (object: KubernetesObject): TemplateSpec => object.spec ?? {};

export const resourceClaimTemplateStrategy: Strategy = {
  setDefaults: (object) => setClaimDefaults(specOf(object).spec),
  validate: (object) => [
    ...validateTemplateMetadata(specOf(object).metadata ?? {}, 'spec.metadata'),
    ...validateClaimSpec(specOf(object).spec, 'spec.spec'),
  ],
  validateUpdate: validateSpecKept,
  validateName: nameIsDNSSubdomain,
  allowUnconditionalUpdate: true,
};
