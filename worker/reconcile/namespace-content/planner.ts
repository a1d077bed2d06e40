import { as, asList } from '../kinds.ts';
import type { Namespace, Stored } from '../kinds.ts';
import type { Change, Planner, Reader } from '../planner.ts';
import { DEFINITIONS, isHidden, NAMESPACE_CONTENTS } from '../../registry/hidden-resources.ts';
import type { ContentReport } from './content-report.ts';
import { isNamespaceTerminating } from './is-namespace-terminating.ts';
import { planNamespaceContent } from './plan.ts';
import type { ObservedContent } from './plan.ts';

/** What is in the store for the sake of the deletion itself, and so is not content. */
const NOT_CONTENT: ReadonlySet<string> = new Set(['namespaces', DEFINITIONS]);

export const namespaceContentPlanner: Planner<ObservedContent> = {
  name: 'namespace-content-controller',
  keysFor,
  observe,
  plan: planNamespaceContent,
};

function keysFor(change: Change, reader: Reader): readonly string[] {
  if (isHidden(change.resource)) return [];
  const due = change.resource === 'namespaces' || isNamespaceTerminating(reader);
  return due ? [reader.namespace] : [];
}

function observe(reader: Reader, key: string): ObservedContent | null {
  if (key !== reader.namespace) return null;
  const namespace = reader.get('namespaces', key);
  const report = reader.get(NAMESPACE_CONTENTS, key);
  const terminating = isNamespaceTerminating(reader);
  if (!terminating && report === null) return null;
  return {
    name: key,
    namespace: namespace === null ? null : as<Namespace>(namespace),
    report: report === null ? null : as<ContentReport>(report),
    content: terminating ? contentOf(reader) : [],
    lastFailure: reader.lastFailure(namespaceContentPlanner.name, key),
  };
}

function contentOf(reader: Reader): ObservedContent['content'] {
  return reader
    .resources()
    .filter(({ resource, count }) => count > 0 && !NOT_CONTENT.has(resource) && !isHidden(resource))
    .map(({ resource }) => ({ resource, objects: asList<Stored<unknown>>(reader.list(resource)) }));
}
