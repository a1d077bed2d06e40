import { newPolicyEnvironment } from '../policy-environment.ts';
import type { MatchCondition } from '../../resources/admission/match-conditions.ts';
import type { Rule } from '../../resources/admission/rules.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { LabelSelectorSource } from '../../../../apimachinery/label-selector.ts';
import { MatchConditions } from '../expressions/match-conditions.ts';
import type { WebhookClient } from '../inquiry.ts';
import { ResourceMatcher } from '../matching/resource-matcher.ts';

/** One webhook as a configuration has it, with its defaults. */
export interface WebhookSpec {
  readonly name: string;
  readonly clientConfig: WebhookClient;
  readonly rules?: readonly Rule[];
  readonly failurePolicy?: string;
  readonly matchPolicy?: string;
  readonly namespaceSelector?: LabelSelectorSource;
  readonly objectSelector?: LabelSelectorSource;
  readonly sideEffects?: string;
  readonly timeoutSeconds?: number;
  readonly admissionReviewVersions?: readonly string[];
  readonly reinvocationPolicy?: string;
  readonly matchConditions?: readonly MatchCondition[];
}

const ENVIRONMENT = newPolicyEnvironment({ hasParams: false, hasAuthorizer: true });

/** A webhook, ready to be matched. Its conditions are compiled when a request first comes to them. */
export class Webhook {
  readonly spec: WebhookSpec;
  readonly configuration: string;
  /** Tells webhooks of one name apart, within a configuration and across all. */
  readonly id: string;
  /** Its place among all webhooks of its type, which audit annotations tell. */
  readonly index: number;
  readonly matcher: ResourceMatcher;
  #conditions: MatchConditions | undefined;

  constructor(spec: WebhookSpec, configuration: string, id: string, index: number) {
    this.spec = spec;
    this.configuration = configuration;
    this.id = id;
    this.index = index;
    this.matcher = new ResourceMatcher(
      {
        ...(spec.matchPolicy === undefined ? {} : { matchPolicy: spec.matchPolicy }),
        namespaceSelector: spec.namespaceSelector ?? {},
        objectSelector: spec.objectSelector ?? {},
        resourceRules: [...(spec.rules ?? [])],
      },
      { isOpen: false },
    );
  }

  get ignoresFailures(): boolean {
    return this.spec.failurePolicy === 'Ignore';
  }

  /** Undefined where it has none. */
  get conditions(): MatchConditions | undefined {
    const { matchConditions = [], failurePolicy } = this.spec;
    if (matchConditions.length === 0) return undefined;
    return (this.#conditions ??= new MatchConditions(matchConditions, ENVIRONMENT, failurePolicy));
  }
}

/** The webhooks of all configurations, ordered by the names of these. */
export function webhooksOf(configurations: readonly KubernetesObject[]): Webhook[] {
  const webhooks: Webhook[] = [];
  for (const configuration of configurations.toSorted(compareNames)) {
    const name = configuration.metadata.name ?? '';
    const seen = new Map<string, number>();
    for (const spec of (configuration['webhooks'] ?? []) as WebhookSpec[]) {
      const count = seen.get(spec.name) ?? 0;
      seen.set(spec.name, count + 1);
      webhooks.push(new Webhook(spec, name, `${name}/${spec.name}/${count}`, webhooks.length));
    }
  }
  return webhooks;
}

function compareNames(a: KubernetesObject, b: KubernetesObject): number {
  const [left, right] = [a.metadata.name ?? '', b.metadata.name ?? ''];
  return left < right ? -1 : Number(left > right);
}
