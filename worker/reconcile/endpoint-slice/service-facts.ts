import { selectorFromSet } from '../../../apimachinery/label-selector.ts';
import { formatIP, parseIP } from '../../registry/addresses/parse-ip.ts';
import { asList } from '../kinds.ts';
import type { Pod, Service } from '../kinds.ts';
import type { Reader } from '../planner.ts';

export const SERVICES = 'services';

export type AddressType = 'IPv4' | 'IPv6';

/** Labels and annotations of what is made for services. */
export const HEADLESS = 'service.kubernetes.io/headless';
export const LAST_CHANGE_TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';

/** Whether the service finds its pods by itself; all others are given their endpoints. */
export function hasSelector({ spec }: Service): boolean {
  return Object.keys(spec?.selector ?? {}).length > 0;
}

/** Whether endpoints are made for the service. */
export function isServed(service: Service): boolean {
  return hasSelector(service) && service.spec?.type !== 'ExternalName';
}

/** A service without an address on purpose; one that merely has none yet is not meant. */
export const isHeadless = ({ spec }: Service): boolean => spec?.clusterIP === 'None';

export function selects({ spec }: Service, labels: Readonly<Record<string, string>> = {}): boolean {
  return selectorFromSet(spec?.selector ?? {}).matches(labels);
}

/** The families of a service, its first one first. Clusters without a choice of families have IPv4. */
export function addressTypes({ spec }: Service): readonly AddressType[] {
  const families = (spec?.ipFamilies ?? []).filter(
    (family) => family === 'IPv4' || family === 'IPv6',
  );
  if (families.length > 0) return families;
  return [addressTypeOf(spec?.clusterIP) ?? 'IPv4'];
}

export function addressTypeOf(text: string | undefined): AddressType | undefined {
  return text === undefined ? undefined : parseIP(text)?.family;
}

/** An address in its normal form. */
export function normalIP(text: string): string {
  const parsed = parseIP(text);
  return parsed === undefined ? text : formatIP(parsed);
}

/** Names of the served services that select a pod in any of its states. */
export function servicesOfPods(reader: Reader, pods: readonly (Pod | null)[]): readonly string[] {
  return asList<Service>(reader.list(SERVICES))
    .filter(
      (service) =>
        isServed(service) &&
        pods.some((pod) => pod !== null && selects(service, pod.metadata.labels)),
    )
    .map(({ metadata }) => metadata.name);
}
