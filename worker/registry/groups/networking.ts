import {
  ingressClassPrinter,
  ingressPrinter,
  ipAddressPrinter,
  networkPolicyPrinter,
  serviceCIDRPrinter,
} from '../printers/networking.ts';
import { ingressClassStrategy } from '../resources/networking/ingress-class.ts';
import { ingressStrategy } from '../resources/networking/ingress.ts';
import { ipAddressStrategy } from '../resources/networking/ip-address-object.ts';
import { networkPolicyStrategy } from '../resources/networking/network-policy.ts';
import { serviceCIDRStrategy } from '../resources/networking/service-cidr.ts';
import type { ServedGroup } from '../served.ts';

export const NETWORKING: ServedGroup = {
  'ingressclasses.networking.k8s.io/v1': {
    strategy: ingressClassStrategy,
    printer: ingressClassPrinter,
  },
  'ingresses.networking.k8s.io/v1': {
    strategy: ingressStrategy,
    printer: ingressPrinter,
    shortNames: ['ing'],
    subresources: ['status'],
  },
  'ipaddresses.networking.k8s.io/v1': {
    strategy: ipAddressStrategy,
    printer: ipAddressPrinter,
    shortNames: ['ip'],
  },
  'networkpolicies.networking.k8s.io/v1': {
    strategy: networkPolicyStrategy,
    printer: networkPolicyPrinter,
    shortNames: ['netpol'],
  },
  'servicecidrs.networking.k8s.io/v1': {
    strategy: serviceCIDRStrategy,
    printer: serviceCIDRPrinter,
    subresources: ['status'],
  },
};
