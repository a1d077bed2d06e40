import {
  addressBits,
  formatBlock,
  formatIP,
  isMappedIP,
  networkOf,
  parseBlock,
  parseIP,
} from './parse-ip.ts';

const FUTURE = 'will be considered invalid in a future Kubernetes release';
const CANONICAL = 'should be in RFC 5952 canonical format';

/** Warnings about an address that was accepted but could be read otherwise (GetWarningsForIP). */
export function ipWarnings(value: string, field: string): string[] {
  const ip = parseIP(value);
  if (ip === undefined) return [];
  const canonical = formatIP(ip);
  const shown = JSON.stringify(value);
  if (ip.hasLeadingZeros || isMappedIP(ip)) {
    return [`${field}: non-standard IP address ${shown} ${FUTURE}: use "${canonical}"`];
  }
  return canonical === value
    ? []
    : [`${field}: IPv6 address ${shown} ${CANONICAL} ("${canonical}")`];
}

/** As `ipWarnings`, for address blocks (GetWarningsForCIDR). */
export function cidrWarnings(value: string, field: string): string[] {
  const block = parseBlock(value);
  if (block === undefined) return [];
  const { address } = block;
  const canonical = formatBlock(block);
  const shown = JSON.stringify(value);
  const warnings: string[] = [];
  const one = formatIP(address);
  if (one !== formatIP(networkOf(block))) {
    const single = `${one}/${addressBits(address)}`;
    warnings.push(
      `${field}: CIDR value ${shown} is ambiguous in this context (should be "${canonical}" or "${single}"?)`,
    );
  }
  if (block.hasLeadingZeros || isMappedIP(address)) {
    warnings.push(`${field}: non-standard CIDR value ${shown} ${FUTURE}: use "${canonical}"`);
  }
  if (warnings.length > 0 || canonical === value) return warnings;
  return [`${field}: IPv6 CIDR value ${shown} ${CANONICAL} ("${canonical}")`];
}
