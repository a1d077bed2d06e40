import type { KubernetesObject } from '../../../apimachinery/meta.ts';

/** apiextensions.k8s.io/v1 CustomResourceDefinition, as far as serving it needs to know. */
export interface CustomResourceDefinition extends KubernetesObject {
  spec: {
    group: string;
    names: DefinitionNames;
    scope: 'Cluster' | 'Namespaced';
    versions: DefinitionVersion[];
    preserveUnknownFields?: boolean;
  };
  status?: {
    acceptedNames?: Partial<DefinitionNames>;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    storedVersions?: string[];
  };
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
  subresources?: {
    status?: object;
    scale?: {
      specReplicasPath: string;
      statusReplicasPath: string;
      labelSelectorPath?: string;
    };
  };
}
