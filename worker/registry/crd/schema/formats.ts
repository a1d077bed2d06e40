import { RE2JS } from 're2js';
import { parseDuration } from '../../../../apimachinery/duration.ts';
import {
  byteLength,
  validateDNS1123Label,
  validateDNS1123Subdomain,
} from '../../../../apimachinery/names.ts';
import { parseRequestURI, URLError } from '../../../../cel/library/go-url.ts';
import { isBookNumber, isCreditCard, isEmail, isMAC } from './identifiers.ts';
import { isIPv4, isIPv6, isCIDR } from './network-formats.ts';

type Check = (text: string) => boolean;

const matches =
  (pattern: RegExp): Check =>
  (text) =>
    pattern.test(text);

const uuid = (version: string): Check =>
  matches(
    new RegExp(
      `^[0-9a-f]{8}-?[0-9a-f]{4}-?${version === '' ? '' : version}[0-9a-f]{${version === '' ? 4 : 3}}-?${
        version === '4' || version === '5' ? '[89ab][0-9a-f]{3}' : '[0-9a-f]{4}'
      }-?[0-9a-f]{12}$`,
      'i',
    ),
  );

/** Backtracking over this pattern takes exponential time, so it is left to RE2. */
let hostname: RE2JS | undefined;
const HOSTNAME = String.raw`^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z0-9\p{S}\p{L}])(-?[a-zA-Z0-9\p{S}\p{L}]){1,62})$`;
const MAX_HOSTNAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;

function isHostname(text: string): boolean {
  hostname ??= RE2JS.compile(HOSTNAME);
  if (!hostname.matcher(text).find()) return false;
  return (
    byteLength(text) <= MAX_HOSTNAME_BYTES &&
    text.split('.').every((label) => byteLength(label) <= MAX_LABEL_BYTES)
  );
}

function isURI(text: string): boolean {
  try {
    parseRequestURI(text);
    return true;
  } catch (error) {
    if (error instanceof URLError) return false;
    throw error;
  }
}

const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const TIME = /^([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$/;

function isDate(text: string): boolean {
  const [, year, month, day] = (DATE.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function isDateTime(text: string): boolean {
  const [date = '', time] = text.toLowerCase().split('t');
  const [, hour = '', minute = '', second = ''] = TIME.exec(time ?? '') ?? [];
  return isDate(date) && hour !== '' && hour <= '23' && minute <= '59' && second <= '59';
}

/** Units of durations beside Go's own, as Scala writes them; the last of each may have an ending. */
const UNITS = [
  ['ns', 'nano'],
  ['us', 'µs', 'micro'],
  ['ms', 'milli'],
  ['s', 'sec'],
  ['m', 'min'],
  ['h', 'hr', 'hour'],
  ['d', 'day'],
  ['w', 'wk', 'week'],
];

function isDuration(text: string): boolean {
  try {
    parseDuration(text);
    return true;
  } catch {
    // Not Go's form: then perhaps the other one, which is looked for anywhere in the text.
    return Array.from(text.matchAll(/\d+\s*([A-Za-zµ]+)/g)).some(([, unit = '']) => isUnit(unit));
  }
}

function isUnit(unit: string): boolean {
  const lower = unit.toLowerCase();
  return UNITS.some((names) => names.includes(lower) || lower.startsWith(names.at(-1) ?? unit));
}

const CHECKS: Readonly<Record<string, Check>> = {
  bsonobjectid: matches(/^[0-9a-f]{24}$/i),
  uri: isURI,
  email: isEmail,
  hostname: isHostname,
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCIDR,
  mac: isMAC,
  uuid: uuid(''),
  uuid3: uuid('3'),
  uuid4: uuid('4'),
  uuid5: uuid('5'),
  isbn: (text) => isBookNumber(text, 10) || isBookNumber(text, 13),
  isbn10: (text) => isBookNumber(text, 10),
  isbn13: (text) => isBookNumber(text, 13),
  creditcard: isCreditCard,
  ssn: (text) => text.length === 11 && /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  hexcolor: matches(/^#?([0-9a-f]{3}|[0-9a-f]{6})$/i),
  rgbcolor: matches(
    /^rgb\(\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*\)$/,
  ),
  byte: matches(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/),
  password: () => true,
  date: isDate,
  duration: isDuration,
  datetime: isDateTime,
  k8sshortname: (text) => validateDNS1123Label(text).length === 0,
  k8slongname: (text) => validateDNS1123Subdomain(text).length === 0,
};

/** Formats of numbers, whose ranges are checked. */
const NUMBER_FORMATS = new Set(['int32', 'int64', 'float', 'double']);

const normalized = (format: string): string => format.replaceAll('-', '');

/** Whether texts are checked against it. */
export const isKnownFormat = (format: string): boolean => Object.hasOwn(CHECKS, normalized(format));

/** The format where definitions may use it; others are ignored, and then ''. */
export const supportedFormat = (format: string): string =>
  isKnownFormat(format) || NUMBER_FORMATS.has(normalized(format)) ? format : '';

/** Whether a text is of a known format (go-openapi's strfmt, as kube-openapi keeps it). */
export const matchesFormat = (format: string, text: string): boolean =>
  CHECKS[normalized(format)]?.(text) ?? true;
