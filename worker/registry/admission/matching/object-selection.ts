import {
  type LabelSelector,
  labelSelectorAsRequirements,
  type LabelSelectorSource,
} from '../../../../apimachinery/label-selector.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import {
  newInternalError,
  newNotFound,
  type StatusError,
} from '../../../../apimachinery/status-error.ts';
import type { AdmissionAttributes, AdmissionContext } from '../plugin.ts';

/** Which objects, in which namespaces, a webhook or a policy is about; both by labels. */
export class ObjectSelection {
  readonly #namespaces: LabelSelector | Error;
  readonly #objects: LabelSelector | Error;

  constructor(
    namespaceSelector: LabelSelectorSource | undefined,
    objectSelector: LabelSelectorSource | undefined,
  ) {
    this.#namespaces = readSelector(namespaceSelector);
    this.#objects = readSelector(objectSelector);
  }

  /**
   * Whether both selectors select what the request is about, or the error that keeps from telling.
   * One that does not select counts more than an error of the other.
   */
  selects(attributes: AdmissionAttributes, context: AdmissionContext): boolean | StatusError {
    const inNamespace = selectsNamespace(this.#namespaces, attributes, context);
    if (inNamespace === false) return false;
    const object = selectsObject(this.#objects, attributes);
    if (object === false) return false;
    return inNamespace === true ? object : inNamespace;
  }
}

function readSelector(source: LabelSelectorSource | undefined): LabelSelector | Error {
  try {
    return labelSelectorAsRequirements(source ?? {});
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** What is in no namespace is selected, except Namespaces, which are selected by their own labels. */
function selectsNamespace(
  selector: LabelSelector | Error,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): boolean | StatusError {
  const isNamespace = attributes.requested.resource === 'namespaces';
  if (attributes.namespace === '' && !isNamespace) return true;
  if (selector instanceof Error) return newInternalError(selector.message);
  if (selector.isEmpty) return true;
  const namespace = isNamespace ? ownNamespace(attributes) : context.namespaceObject();
  if (namespace === null) {
    return newNotFound({ group: '', resource: 'namespaces' }, attributes.namespace);
  }
  return selector.matches(namespace.metadata.labels);
}

/** A Namespace as it will be; as it is where it is deleted, or where only a part of it is written. */
function ownNamespace(attributes: AdmissionAttributes): KubernetesObject | null {
  const { operation, subresource, object, oldObject } = attributes;
  const isWritten = subresource === '' && (operation === 'CREATE' || operation === 'UPDATE');
  return isWritten ? object : oldObject;
}

/** Either state of the object will do: a label must not be taken off to get past. */
function selectsObject(
  selector: LabelSelector | Error,
  { object, oldObject }: AdmissionAttributes,
): boolean | StatusError {
  if (selector instanceof Error) return newInternalError(selector.message);
  return (
    selector.isEmpty ||
    [object, oldObject].some((state) => state !== null && matches(selector, state))
  );
}

/** The options of a connection have no metadata to be selected by. */
const matches = (selector: LabelSelector, object: KubernetesObject): boolean =>
  object.kind?.endsWith('Options') !== true && selector.matches(object.metadata.labels);
