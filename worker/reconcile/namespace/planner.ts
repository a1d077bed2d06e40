import { as } from '../kinds.ts';
import type { Namespace } from '../kinds.ts';
import { NAMESPACE_CONTENTS } from '../../registry/hidden-resources.ts';
import type { ContentReport } from '../namespace-content/content-report.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { planNamespace } from './plan.ts';
import type { ObservedNamespace } from './plan.ts';

export const namespacePlanner: Planner<ObservedNamespace> = {
  name: 'namespace-controller',
  keysFor: ({ resource, name, after }: Change) =>
    after !== null && (resource === 'namespaces' || resource === NAMESPACE_CONTENTS) ? [name] : [],
  observe,
  plan: planNamespace,
};

function observe(reader: Reader, key: string): ObservedNamespace | null {
  const namespace = reader.get('namespaces', key);
  if (namespace?.metadata.deletionTimestamp === undefined) return null;
  const report = reader.get(NAMESPACE_CONTENTS, key);
  return {
    namespace: as<Namespace>(namespace),
    report: report === null ? null : as<ContentReport>(report),
  };
}
