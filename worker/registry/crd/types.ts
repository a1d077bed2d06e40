import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { StructuralSchema } from '../apply/structural-merge-type.ts';

/** apiextensions.k8s.io/v1 CustomResourceDefinition, as far as serving it needs to know. */
export interface CustomResourceDefinition extends KubernetesObject {
  spec: {
    group: string;
    names: DefinitionNames;
    scope: 'Cluster' | 'Namespaced';
    versions: DefinitionVersion[];
    conversion?: { strategy: 'None' | 'Webhook'; webhook?: object };
    preserveUnknownFields?: boolean;
  };
  status?: {
    acceptedNames?: Partial<DefinitionNames>;
    conditions?: DefinitionCondition[];
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
  schema?: { openAPIV3Schema?: StructuralSchema };
  subresources?: {
    status?: object;
    scale?: {
      specReplicasPath: string;
      statusReplicasPath: string;
      labelSelectorPath?: string;
    };
  };
}
