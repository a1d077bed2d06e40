import { nameIsDNSSubdomain } from '../../../apimachinery/names.ts';
import type { Strategy } from '../strategy.ts';

export const serviceAccountStrategy: Strategy = {
  validateName: nameIsDNSSubdomain,
  allowUnconditionalUpdate: true,
};
