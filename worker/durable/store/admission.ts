import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { StatusError } from '../../../apimachinery/status-error.ts';
import type { UserInfo } from '../../../apimachinery/user-info.ts';
import { admit, validate } from '../../registry/admission/chain.ts';
import type {
  AdmissionAttributes,
  AdmissionContext,
  AdmissionPlugin,
  Operation,
} from '../../registry/admission/plugin.ts';
import { isPolicyResource } from '../../registry/cluster-policy.ts';
import type { ResourceAddress } from './protocol.ts';
import { requestedInfo, resourceInfo, type StoreContext } from './store-context.ts';

/** The plugins of a store, those that change objects and those that judge them, in their order. */
export interface AdmissionChain {
  readonly mutating: readonly AdmissionPlugin[];
  readonly validating: readonly AdmissionPlugin[];
}

/** A write as far as admission looks at it. */
export interface AdmittedWrite extends Pick<ResourceAddress, 'resource' | 'apiVersion'> {
  readonly user: UserInfo;
  readonly dryRun?: boolean;
  /** CreateOptions and the like, as the client sent them. */
  readonly requestOptions?: Readonly<Record<string, unknown>>;
}

export interface AdmittedObjects {
  readonly operation: Operation;
  readonly subresource: string;
  readonly name: string;
  readonly object: KubernetesObject | null;
  readonly oldObject: KubernetesObject | null;
}

/** One write on its way through admission: first `admit`, then, as it will be stored, `validate`. */
export class Admission {
  readonly #context: StoreContext;
  readonly #attributes: AdmissionAttributes;

  constructor(context: StoreContext, write: AdmittedWrite, objects: AdmittedObjects) {
    const info = resourceInfo(context, write.resource);
    this.#context = context;
    this.#attributes = {
      ...objects,
      info,
      requested: requestedInfo(context, write),
      // Upstream takes a Namespace for being in itself.
      namespace: write.resource === 'namespaces' ? objects.name : context.namespace,
      options: write.requestOptions ?? {},
      dryRun: write.dryRun === true,
      user: write.user,
      warnings: [],
      auditAnnotations: new Map(),
      isReinvocation: false,
      pluginState: new Map(),
    };
  }

  /** Texts for Warning headers so far. */
  get warnings(): readonly string[] {
    return this.#attributes.warnings;
  }

  /**
   * Lets plugins change the object, which stays the same one.
   * @throws StatusError of the plugin that refuses; InquiryPending.
   */
  admit(): void {
    const { object } = this.#attributes;
    this.#run((attributes, context) =>
      admit(this.#context.admission.mutating, attributes, context),
    );
    const changed = this.#attributes.object;
    if (object !== null && changed !== null && changed !== object) replaceContent(object, changed);
  }

  /**
   * Lets plugins judge the object, under the name that it has by now.
   * @throws as admit.
   */
  validate(object: KubernetesObject | null, name?: string): void {
    const attributes: AdmissionAttributes = {
      ...this.#attributes,
      object,
      ...(name === undefined ? {} : { name }),
    };
    this.#run((_, context) => validate(this.#context.admission.validating, attributes, context));
  }

  #run(step: (attributes: AdmissionAttributes, context: AdmissionContext) => void): void {
    try {
      step(this.#attributes, admissionContext(this.#context));
    } catch (error) {
      // What was warned of is told with the refusal, too.
      if (error instanceof StatusError) error.warnings.push(...this.#attributes.warnings);
      throw error;
    }
  }
}

function replaceContent(object: KubernetesObject, content: KubernetesObject): void {
  for (const key of Object.keys(object)) delete object[key];
  Object.assign(object, content);
}

function admissionContext(context: StoreContext): AdmissionContext {
  const { commits, store, policy, rules, namespace, resources, authorizer, inquiries } = context;
  return {
    now: context.now(),
    namespace,
    resources,
    identities: context.identities,
    get: (resource, name) =>
      isPolicyResource(resource) ? policy.get(resource, name) : commits.read({ resource, name }),
    list: (resource) =>
      rules.has(resource)
        ? rules.list(resource)
        : store.list(resource, {}).flatMap(({ name }) => commits.read({ resource, name }) ?? []),
    namespaceObject: () =>
      namespace === '' ? null : commits.read({ resource: 'namespaces', name: namespace }),
    authorizer,
    inquiries,
    policyRevision: rules.revision,
  };
}
