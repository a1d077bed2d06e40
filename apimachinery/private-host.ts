/**
 * Whether a host of a URL is by itself one of a private network: a literal address that is not
 * public (RFC 1918, RFC 6598, loopback, link-local, unique local …), or a name of the machine. What
 * a name resolves to is for whoever connects to judge.
 */
export function isPrivateHost(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  if (name.includes(':')) return isPrivateIPv6(name);
  const octets = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(name);
  return octets !== null && isPrivateIPv4(octets.slice(1).map(Number));
}

function isPrivateIPv4([a = 0, b = 0]: readonly number[]): boolean {
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    a >= 224
  );
}

/** As `URL` writes them: shortest form, mapped IPv4 addresses in hexadecimal. */
function isPrivateIPv6(name: string): boolean {
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(name);
  if (mapped !== null) {
    const [high = 0, low = 0] = mapped.slice(1).map((part) => Number.parseInt(part, 16));
    return isPrivateIPv4([high >> 8, high & 0xff, low >> 8, low & 0xff]);
  }
  return name === '::' || name === '::1' || /^f[cd]|^fe[89a-f]|^ff/.test(name);
}
