import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { DYN } from '../../../../cel/types/cel-type.ts';
import { adaptJSON } from '../../../../cel/values/json-values.ts';
import type { Value } from '../../../../cel/values/value.ts';
import { requestedView, showAs, type ResourceView } from '../matching/resource-view.ts';
import type { AdmissionAttributes, AdmissionContext } from '../plugin.ts';
import { newAdmissionRequest } from './admission-request.ts';
import { type AuthorizerVariables, newAuthorizerVariables } from './authorizer-values.ts';

/** The variables of an evaluation, by name. */
export type Values = Readonly<Record<string, unknown>>;

/**
 * What expressions see of one request that was matched as a view. Made when first needed; what is
 * mutated between evaluations needs new ones.
 */
export class RequestValues {
  readonly #attributes: AdmissionAttributes;
  readonly #context: AdmissionContext;
  readonly #view: ResourceView;
  readonly #object: Value;
  readonly #oldObject: Value;
  #authorizer: AuthorizerVariables | undefined;
  #request: object | undefined;

  /** @throws StatusError where an object cannot be shown as the view has it. */
  constructor(attributes: AdmissionAttributes, context: AdmissionContext, view: ResourceView) {
    this.#attributes = attributes;
    this.#context = context;
    this.#view = view;
    this.#object = adaptJSON(DYN, showAs(view, attributes.object));
    this.#oldObject = adaptJSON(DYN, showAs(view, attributes.oldObject));
  }

  /** Of match conditions, which see no namespace, and the resource that was requested. */
  forConditions(params: KubernetesObject | null): Values {
    const { info } = requestedView(this.#attributes);
    return {
      ...this.#shared(params),
      namespaceObject: null,
      request: newAdmissionRequest(this.#attributes, { kind: this.#view.kind, info }),
      ...this.#authorizerVariables(),
    };
  }

  /** Of validations and mutations. */
  forDecisions(params: KubernetesObject | null): Values {
    return { ...this.forMessages(params), ...this.#authorizerVariables() };
  }

  /** Of messages and annotations, which ask nobody for permissions. */
  forMessages(params: KubernetesObject | null): Values {
    this.#request ??= newAdmissionRequest(this.#attributes, this.#view);
    return {
      ...this.#shared(params),
      namespaceObject: this.#namespaceObject(),
      request: this.#request,
    };
  }

  #shared(params: KubernetesObject | null): Values {
    return { object: this.#object, oldObject: this.#oldObject, params };
  }

  /** A Namespace is in none itself. */
  #namespaceObject(): KubernetesObject | null {
    const { requested, namespace } = this.#attributes;
    const isNamespace = requested.group === '' && requested.kind === 'Namespace';
    return isNamespace || namespace === '' ? null : this.#context.namespaceObject();
  }

  #authorizerVariables(): AuthorizerVariables {
    return (this.#authorizer ??= newAuthorizerVariables(this.#attributes, this.#context));
  }
}
