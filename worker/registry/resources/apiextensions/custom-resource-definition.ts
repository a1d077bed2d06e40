import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain } from '../../../../apimachinery/names.ts';
import { definitionWarnings } from '../../crd/definitions/definition-warnings.ts';
import {
  validateDefinition,
  validateDefinitionUpdate,
  validateStatus,
} from '../../crd/definitions/validate-definition.ts';
import {
  CLEANUP_FINALIZER,
  type CustomResourceDefinition,
  type DefinitionCondition,
  type WebhookConversion,
} from '../../crd/types.ts';
import type { Strategy } from '../../strategy.ts';
import { keepAllButStatus, keepStatus } from '../status-subresource.ts';

/** With what the rules below rely on: they also see objects that validation then refuses. */
function as(object: KubernetesObject): CustomResourceDefinition {
  const crd = object as CustomResourceDefinition; // Completed in the next lines.
  crd.spec ??= { group: '', names: { plural: '', kind: '' }, scope: 'Namespaced', versions: [] };
  crd.spec.names ??= { plural: '', kind: '' };
  crd.spec.names.kind ??= '';
  crd.spec.versions ??= [];
  return crd;
}

export const customResourceDefinitionStrategy: Strategy = {
  setDefaults(object) {
    const { spec } = as(object);
    spec.names.singular ||= spec.names.kind.toLowerCase();
    spec.names.listKind ||= `${spec.names.kind}List`;
    spec.conversion ??= { strategy: 'None' };
    defaultPort(spec.conversion.webhook);
    defaultStatus(as(object));
  },
  prepareForCreate(object) {
    as(object).status = {
      conditions: null,
      acceptedNames: { plural: '', kind: '' },
      storedVersions: [],
    };
    rememberStoredVersion(as(object));
  },
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    const crd = as(object);
    if (crd.status !== undefined) crd.status = { ...crd.status };
    rememberStoredVersion(crd);
  },
  validateName: nameIsDNSSubdomain,
  validate: (object) => validateDefinition(as(object)),
  validateUpdate: (object, old) => validateDefinitionUpdate(as(object), as(old)),
  warnings: (object) => definitionWarnings(as(object)),
  /** The instances go first: the finalizer that stands for them is set when deletion begins. */
  blocksRemoval: (object) => !isTerminating(as(object)),
  markTerminating(object) {
    const crd = as(object);
    const { metadata } = crd;
    metadata.finalizers = [...new Set([...(metadata.finalizers ?? []), CLEANUP_FINALIZER])];
    const condition: DefinitionCondition = {
      type: 'Terminating',
      status: 'True',
      lastTransitionTime: metadata.deletionTimestamp ?? '',
      reason: 'InstanceDeletionPending',
      message:
        'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    };
    crd.status = {
      ...crd.status,
      conditions: [...(crd.status?.conditions ?? []), condition],
    };
  },
  subresources: {
    status: {
      resetFields: ['metadata', 'spec'],
      prepareForUpdate(object, old) {
        keepAllButStatus(object, old);
        defaultStatus(as(object));
      },
      validateUpdate: (object) => validateStatus(as(object)),
    },
  },
  hasGeneration: true,
  allowsBareFinalizers: true,
  allowUnconditionalUpdate: false,
};

const WEBHOOK_PORT = 443;

function defaultPort(webhook: WebhookConversion | undefined): void {
  const service = webhook?.clientConfig?.service;
  if (service !== undefined) service.port ??= WEBHOOK_PORT;
}

/** There is always a stored version, and a list of conditions, if only null. */
function defaultStatus(crd: CustomResourceDefinition): void {
  const { conditions = null, storedVersions = [], ...status } = crd.status ?? {};
  crd.status = { ...status, conditions, storedVersions };
  if (storedVersions.length === 0) rememberStoredVersion(crd);
}

const isTerminating = ({ status }: CustomResourceDefinition): boolean =>
  (status?.conditions ?? []).some(({ type }) => type === 'Terminating');

/** Objects may still be stored in every version that once was the storage version. */
function rememberStoredVersion(crd: CustomResourceDefinition): void {
  const version = crd.spec.versions.find(({ storage }) => storage)?.name;
  const known = crd.status?.storedVersions ?? [];
  if (version === undefined || known.includes(version)) return;
  crd.status = { ...crd.status, storedVersions: [...known, version] };
}
