import type { AdmissionPlugin } from '../plugin.ts';
import { newMutatingPolicyPlugin } from './mutating-policy.ts';
import { newValidatingPolicyPlugin } from './validating-policy.ts';

/**
 * The plugins that evaluate policies. Each keeps what it compiled: make them once per store.
 */
export const newPolicyPlugins = (): AdmissionPlugin[] => [
  newMutatingPolicyPlugin(),
  newValidatingPolicyPlugin(),
];
