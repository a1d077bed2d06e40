import { BOOL, INT, opaque, STRING, type CelType } from '../types/cel-type.ts';
import { ErrorValue, isError, NO_SUCH_OVERLOAD } from '../values/error-value.ts';
import { CelObject, type Value } from '../values/value.ts';
import { asString, instanceOf } from './arguments.ts';
import {
  declare,
  globalOverload,
  memberOverload,
  type FunctionDeclaration,
} from './declaration.ts';
import { quoteText } from '../../apimachinery/field-error.ts';
import {
  AddressError,
  formatAddress,
  hasSamePrefix,
  isIPv4Mapped,
  parsePrefix,
  type Address,
} from './ip-address.ts';
import { asIP, IP, IP_TYPE, toIP } from './ip.ts';

export const CIDR_TYPE = opaque('net.CIDR');

/** An address and how many of its bits name the network. */
export class CIDR extends CelObject {
  readonly type: CelType = CIDR_TYPE;
  readonly address: Address;
  readonly prefixLength: number;

  constructor(address: Address, prefixLength: number) {
    super();
    this.address = address;
    this.prefixLength = prefixLength;
  }

  override equals(other: Value): Value {
    if (!(other instanceof CIDR)) return NO_SUCH_OVERLOAD;
    const { address, prefixLength } = other;
    return (
      prefixLength === this.prefixLength && hasSamePrefix(this.address, address, address.width)
    );
  }

  /** Bytes that the prefix reaches into. */
  override get size(): number {
    return Math.ceil(this.prefixLength / 8);
  }

  override toString(): string {
    return `${formatAddress(this.address)}/${this.prefixLength}`;
  }
}

const asCIDR = (value: Value | undefined): CIDR => instanceOf(CIDR, value);

const FAILURE = 'network address parse error during conversion from string';

/** Parses `address/length`; zones and IPv4 inside IPv6 are refused (apiserver pkg/cel/library/cidr.go). */
export function toCIDR(text: string): CIDR | ErrorValue {
  try {
    const { address, length } = parsePrefix(text);
    if (isIPv4Mapped(address)) {
      return new ErrorValue(
        `${FAILURE}: IPv4-mapped IPv6 address ${quoteText(text)} is not allowed`,
      );
    }
    return new CIDR(address, length);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    // Upstream wraps it twice.
    return new ErrorValue(`${FAILURE}: ${FAILURE}: ${error.message}`);
  }
}

const containsIP = (cidr: CIDR, ip: IP): boolean =>
  hasSamePrefix(cidr.address, ip.address, cidr.prefixLength);

const containsCIDR = (outer: CIDR, inner: CIDR): boolean =>
  inner.prefixLength >= outer.prefixLength &&
  hasSamePrefix(outer.address, inner.address, outer.prefixLength);

function masked({ address, prefixLength }: CIDR): CIDR {
  const shift = BigInt(address.width - prefixLength);
  return new CIDR({ ...address, bits: (address.bits >> shift) << shift }, prefixLength);
}

export const CIDR_LIBRARY: readonly FunctionDeclaration[] = [
  declare(
    'cidr',
    globalOverload('string_to_cidr', [STRING], CIDR_TYPE, ([text]) => toCIDR(asString(text))),
  ),
  declare(
    'isCIDR',
    globalOverload('is_cidr', [STRING], BOOL, ([text]) => !isError(toCIDR(asString(text)))),
  ),
  declare(
    'containsIP',
    memberOverload('cidr_contains_ip_string', [CIDR_TYPE, STRING], BOOL, ([cidr, text]) => {
      const ip = toIP(asString(text));
      return ip instanceof IP ? containsIP(asCIDR(cidr), ip) : NO_SUCH_OVERLOAD;
    }),
    memberOverload('cidr_contains_ip_ip', [CIDR_TYPE, IP_TYPE], BOOL, ([cidr, ip]) =>
      containsIP(asCIDR(cidr), asIP(ip)),
    ),
  ),
  declare(
    'containsCIDR',
    memberOverload('cidr_contains_cidr_string', [CIDR_TYPE, STRING], BOOL, ([cidr, text]) => {
      const inner = toCIDR(asString(text));
      return inner instanceof CIDR ? containsCIDR(asCIDR(cidr), inner) : NO_SUCH_OVERLOAD;
    }),
    memberOverload('cidr_contains_cidr', [CIDR_TYPE, CIDR_TYPE], BOOL, ([outer, inner]) =>
      containsCIDR(asCIDR(outer), asCIDR(inner)),
    ),
  ),
  declare(
    'ip',
    memberOverload('cidr_ip', [CIDR_TYPE], IP_TYPE, ([cidr]) => new IP(asCIDR(cidr).address)),
  ),
  declare(
    'prefixLength',
    memberOverload('cidr_prefix_length', [CIDR_TYPE], INT, ([cidr]) =>
      BigInt(asCIDR(cidr).prefixLength),
    ),
  ),
  declare(
    'masked',
    memberOverload('cidr_masked', [CIDR_TYPE], CIDR_TYPE, ([cidr]) => masked(asCIDR(cidr))),
  ),
  declare(
    'string',
    globalOverload('cidr_to_string', [CIDR_TYPE], STRING, ([cidr]) => asCIDR(cidr).toString()),
  ),
];
