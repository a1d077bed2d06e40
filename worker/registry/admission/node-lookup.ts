import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { AdmissionContext } from './plugin.ts';

/** A Node, which the cluster's store has: other stores have to ask for it. */
export function nodeNamed(name: string, context: AdmissionContext): KubernetesObject | null {
  if (context.namespace === '') return context.get('nodes', name);
  const [found = []] = context.inquiries.ask([
    { kind: 'objects', namespace: '', resource: 'nodes', name },
  ]);
  return found[0] ?? null;
}
