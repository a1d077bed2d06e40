import { type FieldError, invalid, required, tooMany } from '../../../apimachinery/field-error.ts';
import { formatTime } from '../../../apimachinery/meta.ts';
import { parseQuantity } from '../../../apimachinery/quantity.ts';
import { newBadRequest, newInvalid } from '../../../apimachinery/status-error.ts';
import type { MetricSubject } from './metric-api.ts';
import type { MetricValue } from './metric-values.ts';

/** Values of one metric in one request, and so of one metric in a store. */
export const MAX_VALUES = 1000;
/** A clock may be so far ahead. */
const MAX_AHEAD_MS = 60_000;
const MAX_LABELS = 32;
const MAX_NAME_CHARACTERS = 253;
const MAX_LABEL_CHARACTERS = 256;

type Fields = Readonly<Record<string, unknown>>;

/**
 * The values of a MetricValueList or an ExternalMetricValueList that a client sends. A value without
 * a timestamp is one of now.
 *
 * @throws StatusError BadRequest or Invalid.
 */
export function readMetricValues(subject: MetricSubject, text: string, now: number): MetricValue[] {
  if (subject.metric.length > MAX_NAME_CHARACTERS) {
    throw newBadRequest(`names of metrics have at most ${MAX_NAME_CHARACTERS} characters`);
  }
  const items = itemsOf(text);
  const kind = subject.described === undefined ? 'ExternalMetricValueList' : 'MetricValueList';
  const errors: FieldError[] = [];
  if (items.length > MAX_VALUES) errors.push(tooMany('items', items.length, MAX_VALUES));
  const values = items
    .slice(0, MAX_VALUES)
    .map((item, index) => readItem(subject, item, `items[${index}]`, now, errors));
  if (errors.length > 0) throw newInvalid(subject.group, kind, subject.metric, errors);
  return values;
}

function itemsOf(text: string): readonly Fields[] {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw newBadRequest('the body is not JSON');
  }
  const { items } = fieldsOf(body);
  if (!Array.isArray(items)) throw newBadRequest('the body has no list of items');
  return items.map(fieldsOf);
}

function readItem(
  { described, metric }: MetricSubject,
  item: Fields,
  path: string,
  now: number,
  errors: FieldError[],
): MetricValue {
  const identifier = fieldsOf(item['metric']);
  const metricName = item['metricName'] ?? identifier['name'] ?? metric;
  if (metricName !== metric) {
    errors.push(invalid(`${path}.metric.name`, metricName, `must be ${metric}, as in the path`));
  }
  const selector = fieldsOf(identifier['selector'] ?? item['selector']);
  const labels = readLabels(
    described === undefined ? item['metricLabels'] : selector['matchLabels'],
    `${path}.${described === undefined ? 'metricLabels' : 'metric.selector.matchLabels'}`,
    errors,
  );
  const windowSeconds = readWindow(item['windowSeconds'] ?? item['window'], path, errors);
  return {
    name: readName(described, fieldsOf(item['describedObject'])['name'], path, errors),
    ...(labels === undefined ? {} : { labels }),
    value: readQuantity(item['value'], `${path}.value`, errors),
    timestamp: readTimestamp(item['timestamp'], `${path}.timestamp`, now, errors),
    ...(windowSeconds === undefined ? {} : { windowSeconds }),
  };
}

function readName(
  described: MetricSubject['described'],
  sent: unknown,
  path: string,
  errors: FieldError[],
): string {
  if (described === undefined || described.kind === 'Namespace') return '';
  const field = `${path}.describedObject.name`;
  const name = sent ?? (described.name === '*' ? '' : described.name);
  if (typeof name !== 'string' || name === '') {
    errors.push(required(field));
    return '';
  }
  if (described.name !== '*' && name !== described.name) {
    errors.push(invalid(field, name, `must be ${described.name}, as in the path`));
  }
  return name;
}

function readLabels(
  sent: unknown,
  path: string,
  errors: FieldError[],
): Record<string, string> | undefined {
  if (sent === undefined || sent === null) return undefined;
  const entries = Object.entries(fieldsOf(sent));
  if (entries.length > MAX_LABELS) errors.push(tooMany(path, entries.length, MAX_LABELS));
  for (const [key, value] of entries) {
    const isShort = (text: string) => text.length <= MAX_LABEL_CHARACTERS;
    if (typeof value === 'string' && isShort(key) && isShort(value)) continue;
    const detail = `must be a text of at most ${MAX_LABEL_CHARACTERS} characters`;
    errors.push(invalid(`${path}[${key.slice(0, MAX_LABEL_CHARACTERS)}]`, null, detail));
  }
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
}

function readQuantity(sent: unknown, path: string, errors: FieldError[]): string {
  if (sent === undefined || sent === null) {
    errors.push(required(path));
    return '0';
  }
  try {
    if (typeof sent !== 'string' && typeof sent !== 'number') throw new Error('must be a quantity');
    return parseQuantity(String(sent)).toString();
  } catch (error) {
    errors.push(invalid(path, sent, error instanceof Error ? error.message : String(error)));
    return '0';
  }
}

function readTimestamp(sent: unknown, path: string, now: number, errors: FieldError[]): string {
  if (sent === undefined || sent === null) return formatTime(now);
  const at = typeof sent === 'string' ? Date.parse(sent) : Number.NaN;
  if (Number.isNaN(at)) {
    errors.push(invalid(path, sent, 'must be a time in RFC 3339'));
    return formatTime(now);
  }
  if (at > now + MAX_AHEAD_MS) errors.push(invalid(path, sent, 'must not be in the future'));
  return formatTime(at);
}

function readWindow(sent: unknown, path: string, errors: FieldError[]): number | undefined {
  if (sent === undefined || sent === null) return undefined;
  if (Number.isSafeInteger(sent) && Number(sent) >= 0) return Number(sent);
  errors.push(invalid(`${path}.windowSeconds`, sent, 'must be a number of seconds'));
  return undefined;
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
