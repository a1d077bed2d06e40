import type { GroupResource } from '../../../apimachinery/object-key.ts';
import type { Status } from '../../../apimachinery/status-error.ts';
import type { UserInfo } from '../../../apimachinery/user-info.ts';
import type { AccessAttributes } from '../../registry/authz/authorizer.ts';
import type { DefinitionRef } from '../../registry/kind-table.ts';
import type { AccountClaims } from '../../registry/resources/authentication/token-request.ts';
import type { DeleteOptions } from '../../registry/rest/delete.ts';

/**
 * What the API and the other Durable Objects say to a store, over Durable Object RPC. Expected
 * outcomes are returned, never thrown: errors lose their class on the way.
 */
export type Answer<T> =
  | ({ readonly ok: true } & T)
  | { readonly ok: false; readonly status: Status; readonly warnings?: readonly string[] };

/** Which store: a namespace of a cluster, or '' for the cluster scope. */
export interface Scope {
  readonly cluster: string;
  readonly namespace: string;
}

/** Who asks to do what. */
export interface AccessRequest {
  readonly user: UserInfo;
  readonly attributes: AccessAttributes;
}

/** Which resource of which store a request is about. */
export interface ResourceAddress {
  readonly scope: Scope;
  /** The resource that is stored, of which the request's own may be a view. */
  readonly resource: GroupResource;
  /** The version in which the request speaks; absent for the one that is stored. */
  readonly apiVersion?: string;
  /** Of a custom resource: the definition that the request was read by. */
  readonly definition?: DefinitionRef;
  /** Set for requests of users: the store decides whether they may. */
  readonly access?: AccessRequest;
}

interface Target extends ResourceAddress {
  readonly name: string;
}

interface WriteOptions {
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** CreateOptions and the like, as the client sent them; admission looks at them. */
  readonly requestOptions?: Readonly<Record<string, unknown>>;
}

interface TrackedOptions extends WriteOptions {
  /** Who comes to own the fields that the write changes. */
  readonly fieldManager: string;
}

export interface ReadRequest extends Target {}

export interface CreateRequest extends ResourceAddress, TrackedOptions {
  /** The decoded object as JSON text. */
  readonly object: string;
}

export interface UpdateRequest extends Target, TrackedOptions {
  /** '' for the object itself. */
  readonly subresource: string;
  readonly object: string;
}

/** Opening a stream to an object. */
export interface ConnectRequest extends Target, WriteOptions {
  readonly subresource: string;
  /** The stream's options, an object of the subresource's kind, as JSON text. */
  readonly object: string;
}

export type ConnectAnswer = Answer<{
  /** What is connected to, JSON text. */
  readonly object: string;
  readonly warnings: readonly string[];
}>;

/** POST of a ServiceAccount's `token`. */
export interface TokenRequest extends Target, WriteOptions {
  /** A TokenRequest as JSON text. */
  readonly object: string;
  /** Of the API server, for requests that name none. */
  readonly audience: string;
}

export type TokenAnswer = Answer<{
  /** The TokenRequest with its defaults. */
  readonly object: string;
  readonly claims: AccountClaims;
  readonly warnings: readonly string[];
}>;

/** POST of a Pod's `eviction`. */
export interface EvictionRequest extends Target, WriteOptions {
  /** An Eviction as JSON text; its `deleteOptions` are valid. */
  readonly object: string;
}

export type EvictionAnswer = Answer<{ readonly warnings: readonly string[] }>;

export type PatchType = 'json' | 'merge' | 'strategic';

export interface PatchRequest extends Target, TrackedOptions {
  readonly subresource: string;
  readonly patchType: PatchType;
  /** The patch as JSON text. */
  readonly patch: string;
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict';
}

/** Server-side apply. */
export interface ApplyRequest extends Target, TrackedOptions {
  readonly subresource: string;
  readonly patchType: 'apply';
  /** The configuration as JSON text. */
  readonly patch: string;
  /** Take fields from their owners. */
  readonly force: boolean;
}

export interface DeleteRequest extends Target, WriteOptions {
  readonly options: DeleteOptions;
}

export interface DeleteCollectionRequest extends ResourceAddress, WriteOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly options: DeleteOptions;
}

export type DeleteCollectionAnswer = Answer<{
  /** Of the present that the objects were found in. */
  readonly revision: number;
  /** The objects as they were, JSON texts. */
  readonly objects: readonly string[];
  readonly warnings: readonly string[];
}>;

export type WriteAnswer = Answer<{
  /** The object as stored, JSON text. */
  readonly object: string;
  readonly warnings: readonly string[];
  readonly created: boolean;
}>;

export type DeleteAnswer = Answer<{
  readonly object: string;
  /** Whether the object is gone, as opposed to waiting for finalizers or its grace period. */
  readonly removed: boolean;
  readonly warnings: readonly string[];
}>;

export interface ListRequest extends ResourceAddress {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** 0 for all. */
  readonly limit: number;
  /** Where a page begins: behind this name. */
  readonly after: string;
  /** Read as of this revision; undefined for the present. */
  readonly revision?: number;
  /** Read the present, but not one before this revision. */
  readonly notBefore?: number;
  /** Set on later pages of a list: when its first one was read, ms since the epoch. */
  readonly begunAt?: number;
  /** Objects of the body are separated by this. */
  readonly separator: ',' | '\n';
}

export type ListAnswer = Answer<{
  readonly revision: number;
  /** Name that the next page starts behind; '' when this was the last. */
  readonly continueAfter: string;
  /** Objects behind this page; undefined where selectors make it unknown. */
  readonly remaining?: number;
  /** Objects as JSON texts with separators between them. */
  readonly body: string | ReadableStream<Uint8Array>;
}>;

/** Options of a watch, in the query of the WebSocket request to the store. JSON. */
export interface WatchRequest extends ResourceAddress {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** Deliver everything above this revision; null: start with what is there, as ADDED. */
  readonly after: number | null;
  /** With `after` null: what was there at this revision; absent for the present. */
  readonly snapshot?: number;
}

/**
 * Frames of a watch socket, store to API. Each is lines of text:
 * `<revision> <watch event as JSON>` for events, in revision order;
 * `= <revision>` when the initial objects are through;
 * `~ <revision>` in answer to a request for progress: everything up to it was sent;
 * `! <Status as JSON>` for an error that ends the watch.
 * API to store: `~ <revision>` asks for progress past a revision.
 */
export const WATCH_SYNCED = '=';
export const WATCH_PROGRESS = '~';
export const WATCH_ERROR = '!';
