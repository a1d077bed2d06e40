import type { ServiceSpec } from 'kubernetes-types/core/v1.js';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { type Amounts, countOf, ONE, ZERO } from './amounts.ts';
import type { QuotaEvaluator } from './quota-evaluator.ts';

const LIMITS: ReadonlySet<string> = new Set([
  'count/services',
  'services',
  'services.nodeports',
  'services.loadbalancers',
]);

/** Services (pkg/quota/v1/evaluator/core/services.go): a service may become one of another type. */
export const SERVICE_EVALUATOR: QuotaEvaluator = {
  resource: 'services',
  handles: ({ operation, subresource }) =>
    subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'),
  counts: (limit) => LIMITS.has(limit),
  hasScopes: false,
  inScope: () => false,
  usage(service: KubernetesObject): Amounts {
    const { type, ports = [], allocateLoadBalancerNodePorts }: ServiceSpec = service.spec ?? {};
    const usage: Amounts = new Map([
      ['count/services', ONE],
      ['services', ONE],
      ['services.loadbalancers', type === 'LoadBalancer' ? ONE : ZERO],
      ['services.nodeports', ZERO],
    ]);
    // Ports are not allocated yet when the service is new, so what counts is that they will be.
    if (
      type === 'NodePort' ||
      (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false)
    ) {
      usage.set('services.nodeports', countOf(ports.length));
    } else if (type === 'LoadBalancer') {
      usage.set('services.nodeports', countOf(ports.filter(({ nodePort }) => nodePort).length));
    }
    return usage;
  },
};
