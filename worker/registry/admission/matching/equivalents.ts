import { formatAPIVersion } from '../../../../apimachinery/meta.ts';
import type { ResourceCatalog, ResourceInfo } from '../../kind-table.ts';
import { ENDPOINTS } from '../../resource-table.ts';
import type { Rule } from '../../resources/admission/rules.ts';

/**
 * The other versions and groups in which the objects of a resource are served, which rules may name
 * with `matchPolicy: Equivalent`. Of custom resources only those that some rule names are looked
 * for: a wildcard matches the version that was requested already.
 */
export function equivalentsOf(
  requested: ResourceInfo,
  subresource: string,
  rules: readonly Rule[],
  resources: ResourceCatalog,
): readonly ResourceInfo[] {
  const others =
    requested.custom === undefined
      ? builtInViews(requested)
      : namedVersions(requested, rules, resources);
  return others.filter(
    (info) => subresource === '' || info.subresources.some(({ name }) => name === subresource),
  );
}

const builtInViews = (requested: ResourceInfo): ResourceInfo[] =>
  ENDPOINTS.filter(
    (info) =>
      info.storage === requested.storage && info.isReview !== true && !isSameView(info, requested),
  );

function namedVersions(
  requested: ResourceInfo,
  rules: readonly Rule[],
  resources: ResourceCatalog,
): ResourceInfo[] {
  const versions = new Set(rules.flatMap(({ apiVersions = [] }) => apiVersions));
  return Array.from(versions).flatMap((version) => {
    if (version === '*' || version === requested.version) return [];
    const apiVersion = formatAPIVersion(requested.group, version);
    return resources.view(requested.storage, apiVersion) ?? [];
  });
}

const isSameView = (a: ResourceInfo, b: ResourceInfo): boolean =>
  a.group === b.group && a.version === b.version && a.resource === b.resource;
