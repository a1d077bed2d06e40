import type { KubernetesObject } from '../../../../apimachinery/meta.ts';

/** What the rules of a policy have to say for it to be about ConfigMaps. */
export const CONFIG_MAP_RULES = [
  {
    operations: ['*'],
    apiGroups: [''],
    apiVersions: ['v1'],
    resources: ['configmaps'],
    scope: '*',
  },
];

let revision = 0;

/** A policy about ConfigMaps that refuses to be ignored; each is a revision of its own. */
export const policy = (name: string, spec: object): KubernetesObject => ({
  metadata: { name, uid: `uid-${name}`, resourceVersion: `${++revision}` },
  spec: {
    failurePolicy: 'Fail',
    matchConstraints: { resourceRules: CONFIG_MAP_RULES, matchPolicy: 'Equivalent' },
    ...spec,
  },
});

/** A binding that denies. */
export const binding = (name: string, policyName: string, spec: object = {}): KubernetesObject => ({
  metadata: { name },
  spec: { policyName, validationActions: ['Deny'], ...spec },
});
