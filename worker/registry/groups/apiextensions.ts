import { customResourceDefinitionStrategy } from '../resources/apiextensions/custom-resource-definition.ts';
import type { ServedGroup } from '../served.ts';

export const API_EXTENSIONS: ServedGroup = {
  'customresourcedefinitions.apiextensions.k8s.io/v1': {
    strategy: customResourceDefinitionStrategy,
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    subresources: ['status'],
  },
};
