import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { JSONSchema } from './schema/json-schema.ts';

/** apiextensions.k8s.io/v1 CustomResourceDefinition, as far as serving it needs to know. */
/** A definition out of a store, where only what was validated gets in. */
export const storedDefinition = (object: KubernetesObject): CustomResourceDefinition =>
  object as CustomResourceDefinition;

export interface CustomResourceDefinition extends KubernetesObject {
  spec: {
    group: string;
    names: DefinitionNames;
    scope: 'Cluster' | 'Namespaced';
    versions: DefinitionVersion[];
    conversion?: { strategy: string; webhook?: WebhookConversion };
    preserveUnknownFields?: boolean;
  };
  status?: {
    acceptedNames?: Partial<DefinitionNames>;
    conditions?: DefinitionCondition[] | null;
    storedVersions?: string[];
  };
}

/** Set on a definition that is being deleted, and taken off when its last instance is gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

export interface DefinitionCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

export interface DefinitionNames {
  plural: string;
  singular?: string;
  kind: string;
  listKind?: string;
  shortNames?: string[];
  categories?: string[];
}

export interface DefinitionVersion {
  name: string;
  served: boolean;
  storage: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  schema?: { openAPIV3Schema?: JSONSchema };
  subresources?: Subresources;
  additionalPrinterColumns?: ColumnDefinition[];
  selectableFields?: { jsonPath: string }[];
}

export interface Subresources {
  status?: object;
  scale?: ScalePaths;
}

/** Where a custom resource keeps what autoscaling/v1 Scale shows: `.spec.replicas`. */
export interface ScalePaths {
  specReplicasPath: string;
  statusReplicasPath: string;
  labelSelectorPath?: string;
}

export interface ColumnDefinition {
  name: string;
  type: string;
  format?: string;
  description?: string;
  priority?: number;
  jsonPath: string;
}

export interface WebhookConversion {
  clientConfig?: {
    url?: string;
    service?: { namespace: string; name: string; path?: string; port?: number };
    caBundle?: string;
  };
  conversionReviewVersions?: string[];
}
