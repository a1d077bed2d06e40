import type { WebhookInquiry, WebhookOutcome } from '../registry/admission/inquiry.ts';

/** Upstream's buckets of admission durations, in seconds. */
const BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25];
/** Label sets that are told apart; webhooks beyond them are not counted. */
const MAX_SERIES = 1_000;

const DURATION = 'apiserver_admission_webhook_admission_duration_seconds';
const CONVERSION = 'apiserver_crd_conversion_webhook_duration_seconds';
const REQUESTS = 'apiserver_admission_webhook_request_total';
const REJECTIONS = 'apiserver_admission_webhook_rejection_count';

/** What is counted, under upstream's names. */
export const METRICS = [
  { name: DURATION, type: 'histogram', help: 'Time that admission webhooks took, in seconds.' },
  { name: REQUESTS, type: 'counter', help: 'Calls of admission webhooks, by their outcome.' },
  {
    name: REJECTIONS,
    type: 'counter',
    help: 'Requests that admission webhooks kept from going on.',
  },
  { name: CONVERSION, type: 'histogram', help: 'Time that conversion webhooks took, in seconds.' },
] as const;

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  count: number;
  sum: number;
  readonly buckets: number[];
}

/** Counts calls of webhooks since the store was loaded: the numbers of `/metrics`. */
export class WebhookMetrics {
  readonly #durations = new Map<string, Series>();
  readonly #counters = new Map<string, { name: string; labels: string; value: number }>();

  record(inquiry: WebhookInquiry, outcome: WebhookOutcome, code: number, seconds: number): void {
    const { operation = '' } = inquiry.review.request as { operation?: string };
    if (inquiry.use === 'conversion') {
      const result = outcome.ok ? 'success' : 'failure';
      this.#observe({ crd_name: inquiry.name, result }, seconds);
      return;
    }
    const { allowed, status = {} } = outcome.ok ? responseOf(outcome.response) : {};
    const isAllowed = allowed === true;
    const common = {
      name: inquiry.name,
      operation,
      rejected: String(!isAllowed),
      type: inquiry.phase ?? '',
    };
    this.#observe(common, seconds);
    this.#count(REQUESTS, { code: String(code), ...common });
    if (isAllowed) return;
    this.#count(REJECTIONS, {
      error_type: outcome.ok ? 'no_error' : 'calling_webhook_error',
      name: inquiry.name,
      operation,
      rejection_code: String(status.code ?? 0),
      type: inquiry.phase ?? '',
    });
  }

  /** Series in the Prometheus text format, without headers: `name{labels} value`. */
  lines(): string[] {
    const lines = [...this.#counters.values()].map(
      ({ name, labels, value }) => `${name}{${labels}} ${value}`,
    );
    for (const { labels, count, sum, buckets } of this.#durations.values()) {
      const name = 'crd_name' in labels ? CONVERSION : DURATION;
      const text = labelText(labels);
      BUCKETS.forEach((bound, i) => {
        lines.push(`${name}_bucket{${text},le="${bound}"} ${buckets[i] ?? 0}`);
      });
      lines.push(`${name}_bucket{${text},le="+Inf"} ${count}`);
      lines.push(`${name}_sum{${text}} ${sum}`, `${name}_count{${text}} ${count}`);
    }
    return lines;
  }

  #observe(labels: Readonly<Record<string, string>>, seconds: number): void {
    const key = labelText(labels);
    let series = this.#durations.get(key);
    if (series === undefined) {
      if (this.#durations.size >= MAX_SERIES) return;
      series = { labels, count: 0, sum: 0, buckets: BUCKETS.map(() => 0) };
      this.#durations.set(key, series);
    }
    series.count += 1;
    series.sum += seconds;
    for (const [i, bound] of BUCKETS.entries()) {
      if (seconds <= bound) series.buckets[i] = (series.buckets[i] ?? 0) + 1;
    }
  }

  #count(name: string, values: Readonly<Record<string, string>>): void {
    const labels = labelText(values);
    const key = `${name}{${labels}}`;
    const counter = this.#counters.get(key);
    if (counter !== undefined) counter.value += 1;
    else if (this.#counters.size < MAX_SERIES) this.#counters.set(key, { name, labels, value: 1 });
  }
}

interface Verdict {
  readonly allowed?: boolean;
  readonly status?: { readonly code?: number };
}

const responseOf = (review: Readonly<Record<string, unknown>>): Verdict => review['response'] ?? {};

const labelText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',');
