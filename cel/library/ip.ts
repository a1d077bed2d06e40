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
  parseAddress,
  type Address,
} from './ip-address.ts';

export const IP_TYPE = opaque('net.IP');

/** An IP address. */
export class IP extends CelObject {
  readonly type: CelType = IP_TYPE;
  readonly address: Address;

  constructor(address: Address) {
    super();
    this.address = address;
  }

  override equals(other: Value): Value {
    if (!(other instanceof IP)) return NO_SUCH_OVERLOAD;
    return hasSamePrefix(this.address, other.address, this.address.width);
  }

  /** In bytes. */
  override get size(): number {
    return this.address.width / 8;
  }
}

export const asIP = (value: Value | undefined): IP => instanceOf(IP, value);

/** Parses an address; zones and IPv4 inside IPv6 are refused (apiserver pkg/cel/library/ip.go). */
export function toIP(text: string): IP | ErrorValue {
  try {
    const address = parseAddress(text);
    if (address.zone !== '') {
      return new ErrorValue(`IP address ${quoteText(text)} with zone value is not allowed`);
    }
    if (isIPv4Mapped(address)) {
      return new ErrorValue(`IPv4-mapped IPv6 address ${quoteText(text)} is not allowed`);
    }
    return new IP(address);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    return new ErrorValue(
      `IP Address ${quoteText(text)} parse error during conversion from string: ${error.message}`,
    );
  }
}

/** An address range: the first `length` bits are fixed. */
const isIn = ({ address }: IP, range: string, length: number): boolean =>
  hasSamePrefix(address, parseAddress(range), length);

const test = (name: string, id: string, holds: (ip: IP) => boolean): FunctionDeclaration =>
  declare(
    name,
    memberOverload(id, [IP_TYPE], BOOL, ([ip]) => holds(asIP(ip))),
  );

const isUnspecified = (ip: IP): boolean => ip.address.bits === 0n;
const isLoopback = (ip: IP): boolean => isIn(ip, '127.0.0.0', 8) || isIn(ip, '::1', 128);
const isLinkLocalUnicast = (ip: IP): boolean =>
  isIn(ip, '169.254.0.0', 16) || isIn(ip, 'fe80::', 10);
const isMulticast = (ip: IP): boolean => isIn(ip, '224.0.0.0', 4) || isIn(ip, 'ff00::', 8);
const isBroadcast = (ip: IP): boolean => isIn(ip, '255.255.255.255', 32);
/** `ff02::`, with any flags. */
const isLinkLocalMulticast = (ip: IP): boolean =>
  isIn(ip, '224.0.0.0', 24) || (isIn(ip, 'ff00::', 8) && (ip.address.bits >> 112n) % 16n === 2n);

export const IP_LIBRARY: readonly FunctionDeclaration[] = [
  declare(
    'ip',
    globalOverload('string_to_ip', [STRING], IP_TYPE, ([text]) => toIP(asString(text))),
  ),
  declare(
    'isIP',
    globalOverload('is_ip', [STRING], BOOL, ([text]) => !isError(toIP(asString(text)))),
  ),
  declare(
    'family',
    memberOverload('family', [IP_TYPE], INT, ([ip]) => (asIP(ip).address.width === 32 ? 4n : 6n)),
  ),
  test('isUnspecified', 'is_unspecified', isUnspecified),
  test('isLoopback', 'is_loopback', isLoopback),
  test('isLinkLocalMulticast', 'is_link_local_multicast', isLinkLocalMulticast),
  test('isLinkLocalUnicast', 'is_link_local_unicast', isLinkLocalUnicast),
  test(
    'isGlobalUnicast',
    'is_global_unicast',
    (ip) =>
      ![isUnspecified, isLoopback, isLinkLocalUnicast, isMulticast, isBroadcast].some((is) =>
        is(ip),
      ),
  ),
  declare(
    'ip.isCanonical',
    globalOverload('is_canonical', [STRING], BOOL, ([text]) => {
      const ip = toIP(asString(text));
      return ip instanceof ErrorValue ? ip : formatAddress(ip.address) === text;
    }),
  ),
  declare(
    'string',
    globalOverload('ip_to_string', [IP_TYPE], STRING, ([ip]) => formatAddress(asIP(ip).address)),
  ),
];
