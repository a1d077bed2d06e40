import type {
  Ingress,
  IngressClass,
  IngressRule,
  NetworkPolicy,
} from 'kubernetes-types/networking/v1.js';
import { formatLabelSelector } from '../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import type { TablePrinter } from '../table.ts';
import { AGE, age, column, NAME, NONE } from './columns.ts';

const MAX_HOSTS = 3;

export const ingressPrinter: TablePrinter = {
  columns: [NAME, column('Class'), column('Hosts'), column('Address'), column('Ports'), AGE],
  cells(object, now) {
    const { spec = {}, status } = object as unknown as Ingress;
    const addresses = (status?.loadBalancer?.ingress ?? []).map((i) => i.ip || i.hostname || '');
    const sorted = [...new Set(addresses)].filter((address) => address !== '').sort();
    return [
      object.metadata.name ?? '',
      spec.ingressClassName ?? NONE,
      formatHosts(spec.rules ?? []),
      sorted.join(','),
      (spec.tls ?? []).length > 0 ? '80, 443' : '80',
      age(object, now),
    ];
  },
};

/** The first hosts; a rule behind three of them makes it say how many rules there are more. */
function formatHosts(rules: readonly IngressRule[]): string {
  const hosts: string[] = [];
  let hasMore = false;
  for (const { host } of rules) {
    if (hosts.length === MAX_HOSTS) hasMore = true;
    if (!hasMore && host) hosts.push(host);
  }
  if (hosts.length === 0) return '*';
  const text = hosts.join(',');
  return hasMore ? `${text} + ${rules.length - MAX_HOSTS} more...` : text;
}

export const ingressClassPrinter: TablePrinter = {
  columns: [NAME, column('Controller'), column('Parameters'), AGE],
  cells(object, now) {
    const { controller, parameters } = (object as unknown as IngressClass).spec ?? {};
    const kind = `${parameters?.kind ?? ''}${parameters?.apiGroup ? `.${parameters.apiGroup}` : ''}`;
    return [
      object.metadata.name ?? '',
      controller ?? '',
      parameters === undefined ? NONE : `${kind}/${parameters.name ?? ''}`,
      age(object, now),
    ];
  },
};

export const networkPolicyPrinter: TablePrinter = {
  columns: [NAME, column('Pod-Selector'), AGE],
  cells: (object, now) => [
    object.metadata.name ?? '',
    formatLabelSelector((object as unknown as NetworkPolicy).spec?.podSelector ?? {}),
    age(object, now),
  ],
};

interface ParentReference {
  group?: string;
  resource?: string;
  namespace?: string;
  name?: string;
}

/** There is no age, as upstream has it. */
export const ipAddressPrinter: TablePrinter = {
  columns: [NAME, column('ParentRef')],
  cells: (object) => [object.metadata.name ?? '', parentOf(object)],
};

function parentOf(object: KubernetesObject): string {
  const spec: { parentRef?: ParentReference | null } = object.spec ?? {};
  if (!spec.parentRef) return NONE;
  const { group, resource = '', namespace, name = '' } = spec.parentRef;
  const kind = (group ? `${resource}.${group}` : resource).toLowerCase();
  return `${kind}/${namespace ? `${namespace}/` : ''}${name}`;
}

export const serviceCIDRPrinter: TablePrinter = {
  columns: [NAME, column('CIDRs'), AGE],
  cells: (object, now) => [
    object.metadata.name ?? '',
    (((object.spec ?? {}) as { cidrs?: string[] }).cidrs ?? []).join(','),
    age(object, now),
  ],
};
