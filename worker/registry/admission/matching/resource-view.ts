import {
  formatAPIVersion,
  parseAPIVersion,
  type GroupVersionKind,
  type KubernetesObject,
} from '../../../../apimachinery/meta.ts';
import type { ResourceInfo } from '../../kind-table.ts';
import type { AdmissionAttributes } from '../plugin.ts';

/** A resource as a rule names it: the one that was requested, or another view of the same objects. */
export interface ResourceView {
  readonly info: ResourceInfo;
  /** Of what is admitted: the resource's own kind, or that of the subresource. */
  readonly kind: GroupVersionKind;
  /** Whether objects are of the resource's own kind, so that its views convert them. */
  readonly isOwnKind: boolean;
}

/** The view that the request itself has. */
export const requestedView = (attributes: AdmissionAttributes): ResourceView =>
  newView(attributes.requested, attributes);

/** A view of what a request is about. */
export function newView(info: ResourceInfo, attributes: AdmissionAttributes): ResourceView {
  const { group, version, kind } = info;
  const own = { group, version, kind };
  const found = subresourceKind(info, attributes);
  return found === undefined || (found.kind === kind && found.group === group)
    ? { info, kind: own, isOwnKind: true }
    : { info, kind: found, isOwnKind: false };
}

/** Undefined for the resource itself, and where nothing tells. */
function subresourceKind(
  info: ResourceInfo,
  { subresource, object }: AdmissionAttributes,
): GroupVersionKind | undefined {
  if (subresource === '') return undefined;
  const known = info.subresources.find(({ name }) => name === subresource);
  if (known !== undefined) {
    return { group: known.group, version: known.version, kind: known.kind };
  }
  if (object?.kind === undefined || object.apiVersion === undefined) return undefined;
  return { ...parseAPIVersion(object.apiVersion), kind: object.kind };
}

/** An admitted object, which is as it is stored, as a view shows it. Nothing for nothing. */
export function showAs(
  view: ResourceView,
  object: KubernetesObject | null,
): KubernetesObject | null {
  if (object === null) return null;
  const shown = view.isOwnKind ? (view.info.conversion?.fromStored(object) ?? object) : object;
  const { group, version, kind } = view.kind;
  const apiVersion = formatAPIVersion(group, version);
  return shown.apiVersion === apiVersion && shown.kind === kind
    ? shown
    : { ...shown, apiVersion, kind };
}

/** The inverse of {@link showAs}, of an object that was changed. */
export const storeAs = (view: ResourceView, object: KubernetesObject): KubernetesObject =>
  view.isOwnKind ? (view.info.conversion?.toStored(object) ?? object) : object;

/** `apps/v1, Kind=Deployment`: Go's text of a GroupVersionKind. */
export const formatKind = ({ group, version, kind }: GroupVersionKind): string =>
  `${group}/${version}, Kind=${kind}`;
