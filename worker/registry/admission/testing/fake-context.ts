import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import type { GroupResource } from '../../../../apimachinery/object-key.ts';
import type { AccessDecision, Authorizer } from '../../authz/authorizer.ts';
import { NO_OPINION } from '../../authz/authorizer.ts';
import type { ResourceCatalog, ResourceInfo } from '../../kind-table.ts';
import { ENDPOINTS, RESOURCES } from '../../resource-table.ts';
import {
  InquiryPending,
  type AnswerTo,
  type Inquiries,
  type Inquiry,
  type InquiryAnswers,
} from '../inquiry.ts';
import type { AdmissionContext } from '../plugin.ts';

type AnyAnswer = InquiryAnswers[Inquiry['kind']];

export interface FakeContextOptions {
  /** Of the store; `default` by default. */
  readonly namespace?: string;
  /** The Namespace that the request is in; by default one of the store's name without labels. */
  readonly namespaceObject?: KubernetesObject | null;
  /** What the store has, by `<plural>[.<group>]`. */
  readonly objects?: Readonly<Record<GroupResource, readonly KubernetesObject[]>>;
  /** Answers what is asked; by default nothing is ever answered. */
  readonly answer?: (inquiry: Inquiry) => AnyAnswer;
  readonly authorize?: Authorizer['authorize'];
  /** Custom resources beside the built-in ones: all views of each. */
  readonly custom?: readonly ResourceInfo[];
  readonly policyRevision?: string;
}

/** What plugins see, in memory. Questions are answered as they are asked, and noted. */
export class FakeContext implements AdmissionContext {
  readonly now = Date.parse('2026-01-01T00:00:00Z');
  readonly namespace: string;
  readonly resources: ResourceCatalog;
  readonly authorizer: Authorizer;
  readonly inquiries: Inquiries;
  readonly identities = { uid: () => 'uid-1', nameSuffix: () => 'abcde' };
  policyRevision: string;
  /** Every call of `ask`, with its questions. */
  readonly asked: Inquiry[][] = [];
  /** How often each resource was listed. */
  readonly lists = new Map<GroupResource, number>();
  readonly objects: Record<GroupResource, readonly KubernetesObject[]>;
  readonly #namespaceObject: KubernetesObject | null;

  constructor(options: FakeContextOptions = {}) {
    const { namespace = 'default', objects = {}, answer, authorize, custom = [] } = options;
    this.namespace = namespace;
    this.objects = { ...objects };
    this.#namespaceObject =
      options.namespaceObject === undefined
        ? { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
        : options.namespaceObject;
    this.policyRevision = options.policyRevision ?? '1';
    this.resources = newCatalog(custom);
    this.authorizer = { authorize: authorize ?? ((): AccessDecision => NO_OPINION) };
    this.inquiries = {
      ask: <I extends Inquiry>(inquiries: readonly I[]): AnswerTo<I>[] => {
        this.asked.push([...inquiries]);
        if (answer === undefined) throw new InquiryPending(inquiries);
        return inquiries.map((inquiry) => answer(inquiry) as AnswerTo<I>);
      },
    };
  }

  get(resource: GroupResource, name: string): KubernetesObject | null {
    return (this.objects[resource] ?? []).find(({ metadata }) => metadata.name === name) ?? null;
  }

  list(resource: GroupResource): readonly KubernetesObject[] {
    this.lists.set(resource, (this.lists.get(resource) ?? 0) + 1);
    return this.objects[resource] ?? [];
  }

  namespaceObject(): KubernetesObject | null {
    return this.#namespaceObject;
  }
}

/** The built-in resources, and some more. */
function newCatalog(custom: readonly ResourceInfo[]): ResourceCatalog {
  const isStored = (info: ResourceInfo): boolean => info.conversion === undefined;
  const views = [...ENDPOINTS, ...custom];
  return {
    get: (resource) =>
      RESOURCES.get(resource) ?? custom.find((info) => info.storage === resource && isStored(info)),
    view: (resource, apiVersion) =>
      views.find(
        ({ storage, group, version }) =>
          storage === resource && (group === '' ? version : `${group}/${version}`) === apiVersion,
      ),
    isTerminating: () => false,
    ofKind: (group, kind) =>
      [...RESOURCES.values(), ...custom.filter(isStored)].find(
        (info) => info.group === group && info.kind === kind,
      ),
  };
}
