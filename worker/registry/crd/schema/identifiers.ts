const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\u0080-\\uffff-]+";
const QUOTED = String.raw`"(?:[^"\\\r\n]|\\.)*"`;
const LITERAL = String.raw`\[[^\[\]\\\s]*\]`;
const ADDRESS = new RegExp(
  `^(?:${ATOM}(?:\\.${ATOM})*|${QUOTED})@(?:${ATOM}(?:\\.${ATOM})*|${LITERAL})$`,
);
/** `Display Name <address>`; the name may be left out. */
const NAMED = new RegExp(`^(?:(?:${ATOM}|${QUOTED}|[.])(?:\\s+|(?=<)))*<([^<>]*)>$`);

/** An address as net/mail.ParseAddress takes it, with or without a display name. */
export function isEmail(text: string): boolean {
  const trimmed = text.trim();
  return ADDRESS.test(NAMED.exec(trimmed)?.[1]?.trim() ?? trimmed);
}

/** A hardware address of 6, 8 or 20 bytes as net.ParseMAC takes it. */
export function isMAC(text: string): boolean {
  const separator = text.includes('.') ? '.' : (text[2] ?? '');
  const groups = text.split(separator);
  const digits = separator === '.' ? 4 : 2;
  const bytes = (groups.length * digits) / 2;
  return (
    [':', '-', '.'].includes(separator) &&
    [6, 8, 20].includes(bytes) &&
    groups.every((group) => group.length === digits && /^[0-9a-f]+$/i.test(group))
  );
}

/** An ISBN with its check digit; spaces and hyphens between digits are fine. */
export function isBookNumber(text: string, length: 10 | 13): boolean {
  const digits = text.replaceAll(/[\s-]+/g, '');
  if (!(length === 10 ? /^\d{9}[\dX]$/ : /^\d{13}$/).test(digits)) return false;
  const sum = Array.from(digits).reduce((total, digit, i) => {
    const value = digit === 'X' ? 10 : Number(digit);
    return total + value * (length === 10 ? i + 1 : i % 2 === 0 ? 1 : 3);
  }, 0);
  return sum % (length === 10 ? 11 : 10) === 0;
}

const CARD =
  /^(?:4\d{12}(?:\d{3})?|5[1-5]\d{14}|(?:222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}|6(?:011|5\d\d)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|(?:2131|1800|35\d{3})\d{11}|6[27]\d{14})$/;

/** A card number of a known issuer whose Luhn sum is right; anything may stand between digits. */
export function isCreditCard(text: string): boolean {
  const digits = text.replaceAll(/\D+/g, '');
  if (!CARD.test(digits)) return false;
  const sum = Array.from(digits)
    .reverse()
    .reduce((total, digit, i) => {
      const value = Number(digit) * (i % 2 === 0 ? 1 : 2);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0;
}
