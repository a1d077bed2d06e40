import { ErrorValue } from '../values/error-value.ts';

/**
 * Minutes east of UTC in a zone at a moment (cel-go `inTimeZone`): a name of the IANA database, an
 * offset `+05:30`, or nothing for UTC. An ErrorValue with cel-go's words for anything else.
 */
export function offsetOfZone(zone: string, moment: Date): number | ErrorValue {
  if (zone.includes(':')) return parseOffset(zone);
  if (zone === '' || zone === 'UTC') return 0;
  const format = /^[A-Za-z]/.test(zone) ? formatterOf(zone) : undefined;
  if (format === undefined) return new ErrorValue(`unknown time zone ${zone}`);
  const parts = new Map(format.formatToParts(moment).map(({ type, value }) => [type, value]));
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type) ?? 0);
  const local = new Date(0);
  const year = parts.get('era') === 'BC' ? 1 - number('year') : number('year');
  local.setUTCFullYear(year, number('month') - 1, number('day'));
  local.setUTCHours(number('hour') % 24, number('minute'), number('second'));
  return Math.floor((local.getTime() - Math.floor(moment.getTime() / 1000) * 1000) / 60_000);
}

function parseOffset(zone: string): number | ErrorValue {
  const match = /^([+-]?)(\d+):(\d+)$/.exec(zone);
  if (match === null) return new ErrorValue(`invalid timezone offset: ${zone}`);
  const hours = Number(match[2]);
  const minutes = Number(match[3]);
  if (hours > 23) {
    return new ErrorValue(`timezone offset hours out of range [-23, 23]: ${zone}`);
  }
  if (minutes > 59) {
    return new ErrorValue(`timezone offset minutes out of range [0, 59]: ${zone}`);
  }
  return (match[1] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

const formatters = new Map<string, Intl.DateTimeFormat | undefined>();
/** Names come from expressions; more than there are zones are not worth keeping. */
const MAX_FORMATTERS = 100;

function formatterOf(zone: string): Intl.DateTimeFormat | undefined {
  if (formatters.has(zone)) return formatters.get(zone);
  let formatter: Intl.DateTimeFormat | undefined;
  try {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      hour12: false,
    });
  } catch {
    formatter = undefined; // The platform knows no zone of that name.
  }
  if (formatters.size >= MAX_FORMATTERS) formatters.clear();
  formatters.set(zone, formatter);
  return formatter;
}
