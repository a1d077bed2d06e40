import type { GroupVersionKind } from '../../../../apimachinery/meta.ts';
import type { UserInfo } from '../../../../apimachinery/user-info.ts';
import type { ResourceInfo } from '../../kind-table.ts';
import { requestedView } from '../matching/resource-view.ts';
import type { AdmissionAttributes } from '../plugin.ts';

/** What of a request is the same whoever is told about it (admission.k8s.io AdmissionRequest). */
export interface AdmissionRequest {
  readonly kind: GroupVersionKind;
  readonly resource: GroupVersionResource;
  readonly subResource?: string;
  readonly requestKind: GroupVersionKind;
  readonly requestResource: GroupVersionResource;
  readonly requestSubResource?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly operation: string;
  readonly userInfo: object;
  readonly dryRun: boolean;
  readonly options: unknown;
}

export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** As what a request was matched: the kind and the resource that its rules name. */
export interface MatchedAs {
  readonly kind: GroupVersionKind;
  readonly info: ResourceInfo;
}

/** Fields that are empty are left out where upstream's JSON leaves them out. */
export function newAdmissionRequest(
  attributes: AdmissionAttributes,
  { kind, info }: MatchedAs,
): AdmissionRequest {
  const { subresource, name, namespace, options } = attributes;
  return {
    kind,
    resource: resourceOf(info),
    ...(subresource === '' ? {} : { subResource: subresource }),
    requestKind: requestedView(attributes).kind,
    requestResource: resourceOf(attributes.requested),
    ...(subresource === '' ? {} : { requestSubResource: subresource }),
    ...(name === '' ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
    operation: attributes.operation,
    userInfo: userInfoOf(attributes.user),
    dryRun: attributes.dryRun,
    options: Object.keys(options).length === 0 ? null : options,
  };
}

const resourceOf = ({ group, version, resource }: ResourceInfo): GroupVersionResource => ({
  group,
  version,
  resource,
});

const userInfoOf = ({ name, uid = '', groups, extra = {} }: UserInfo): object => ({
  ...(name === '' ? {} : { username: name }),
  ...(uid === '' ? {} : { uid }),
  ...(groups.length === 0 ? {} : { groups }),
  ...(Object.keys(extra).length === 0 ? {} : { extra }),
});
