import * as z from 'zod';
import { nodeUsageSchema } from './node-usage.ts';
import { podRef, streamRequestSchema } from './stream-protocol.ts';

/**
 * What the control plane (NodeDurableObject) and the node agent say to each other over the link:
 * one JSON text frame per message on the WebSocket that the agent opens to
 * `GET {cluster}/fairlead/v1/nodes/{name}/link`. Both ends validate what they receive.
 *
 * Positions: the node's desired state is a log; `desired` carries everything after the position
 * that the agent has on disk, so a reconnect never resends the world. A position is only
 * meaningful within its epoch (the identity of the node's storage in the control plane).
 * Reports: `report` frames carry a sequence number of the agent's choosing and are answered by
 * `reported` once what they say is committed; the agent repeats what was not answered.
 *
 * Heartbeat: the agent sends the text `ping`, the platform answers `pong` without waking anything.
 */
export const AGENT_PROTOCOL_VERSION = 1;
export const PING = 'ping';
export const PONG = 'pong';
/** Frames above this are refused by both ends. Bytes. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;
/** What all frames of one change of the desired state hold together at most. Bytes. */
export const MAX_DESIRED_BYTES = 256 * 1024 * 1024;
/** WebSocket close codes of the link. */
export const CLOSE_SUPERSEDED = 4001;
export const CLOSE_REVOKED = 4003;
export const CLOSE_PROTOCOL_ERROR = 4004;
/** The control plane could not do its part; dial again, with the usual backoff. */
export const CLOSE_TRY_AGAIN = 4005;

const objectSchema = z.looseObject({ metadata: z.looseObject({}) });
/** A PersistentVolume that is a directory of the node. */
const volumeRef = z.object({ name: z.string(), uid: z.string() });

/**
 * What a claim of a pod is bound to, as far as a node needs it. A pod as it is desired has these under
 * `boundVolumes`, by the name of the pod's volume; a claim that is not bound has none.
 */
export interface BoundVolume {
  readonly claim: string;
  /** Of the PersistentVolume. */
  readonly name: string;
  readonly volumeMode?: string;
  /** Absent: a kind of storage that nodes do not have. */
  readonly source?: {
    readonly hostPath?: { readonly path: string; readonly type?: string };
    readonly local?: { readonly path: string };
  };
}

/** First frame of the agent. */
const helloSchema = z.object({
  type: z.literal('hello'),
  protocol: z.int(),
  agentVersion: z.string(),
  /** Last desired position that is safely on the agent's disk; 0 for none. */
  position: z.int().min(0),
  epoch: z.string(),
  /** `status` of the v1 Node as the agent sees it, and labels and annotations that it wants on it. */
  node: z.object({
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()).optional(),
    status: z.looseObject({}),
  }),
  /**
   * What the agent can do beyond the first version of this protocol. Frames that are only for those
   * who know them are not sent to others, so that agents of several ages work side by side.
   */
  features: z.array(z.string().max(64)).max(64).optional(),
});

const reportSchema = z.object({
  type: z.literal('report'),
  seq: z.int().min(1),
  /** v1 NodeStatus, when it changed. */
  nodeStatus: z.looseObject({}).optional(),
  /** v1 PodStatus of each pod that changed. */
  podStatuses: z
    .array(z.object({ ...podRef, status: z.looseObject({}) }))
    .max(1000)
    .optional(),
  /** Pods whose containers are all gone after deletion was asked for: may leave the store. */
  podsTerminated: z.array(z.object(podRef)).max(1000).optional(),
  /** Volumes whose directories are gone, in answer to `removeVolumes`. */
  volumesRemoved: z.array(volumeRef).max(1000).optional(),
  /** Kubelet events. `regarding` is a pod or the node itself (kind, namespace, name, uid, fieldPath). */
  events: z
    .array(
      z.object({
        regarding: z.object({
          kind: z.string(),
          namespace: z.string(),
          name: z.string(),
          uid: z.string(),
          fieldPath: z.string().optional(),
        }),
        type: z.enum(['Normal', 'Warning']),
        reason: z.string().max(128),
        message: z.string().max(1024),
        /** RFC 3339 of the first and the last occurrence, and how often. */
        firstTimestamp: z.string(),
        lastTimestamp: z.string(),
        count: z.int().min(1),
      }),
    )
    .max(1000)
    .optional(),
});

const ackSchema = z.object({
  type: z.literal('ack'),
  /** Everything up to here is on the agent's disk. */
  position: z.int().min(0),
  epoch: z.string(),
});

const streamRefusedSchema = z.object({
  type: z.literal('streamRefused'),
  streamID: z.string(),
  /** HTTP code and text for the waiting client. */
  code: z.int(),
  message: z.string(),
});

/** The answer to `sampleUsage`. */
const usageSchema = z.object({
  type: z.literal('usage'),
  requestID: z.string().max(64),
  /** Null when the engine could not tell. */
  usage: nodeUsageSchema.nullable(),
});

export const agentFrameSchema = z.discriminatedUnion('type', [
  helloSchema,
  reportSchema,
  ackSchema,
  streamRefusedSchema,
  usageSchema,
]);
export type AgentFrame = z.infer<typeof agentFrameSchema>;

const welcomeSchema = z.object({
  type: z.literal('welcome'),
  protocol: z.int(),
  /** Grows with every connection of this node; a frame from an older one is void. */
  generation: z.int(),
  epoch: z.string(),
  nodeName: z.string(),
  nodeUID: z.string(),
  /** The node was taken for lost, and its pods for not ready: it is to say again how they are. */
  repeat: z.boolean().optional(),
});

const desiredSchema = z.object({
  type: z.literal('desired'),
  epoch: z.string(),
  /** Applies on top of this position; 0 means that it is everything and replaces what was there. */
  from: z.int().min(0),
  /** The position after applying this frame. */
  position: z.int().min(0),
  /**
   * Another frame of the same change follows, from the same position to the same position: nothing
   * is applied before the last of them, since what is absent from all of them is not desired.
   */
  more: z.boolean().optional(),
  /** `pod` null: no longer desired and already gone from the store (kill without grace). */
  pods: z.array(z.object({ ...podRef, pod: objectSchema.nullable() })),
  /** Config maps and secrets that the node's pods use; `object` null: does not exist. */
  objects: z.array(
    z.object({
      resource: z.enum(['configmaps', 'secrets']),
      namespace: z.string(),
      name: z.string(),
      object: objectSchema.nullable(),
    }),
  ),
});

/**
 * Asks the agent to remove the directories of volumes that no pod will use again. Said on every link,
 * and repeated until the agent reports that it has done so.
 */
const removeVolumesSchema = z.object({
  type: z.literal('removeVolumes'),
  volumes: z.array(volumeRef).max(1000),
});

const reportedSchema = z.object({ type: z.literal('reported'), seq: z.int().min(1) });

/** Asks the agent to dial `GET {cluster}/fairlead/v1/streams/{streamID}` and serve the request there. */
const openStreamSchema = z.object({
  type: z.literal('openStream'),
  streamID: z.string(),
  request: streamRequestSchema,
});

/** Asks what the node and its pods use. Only for agents with the feature `usage`. */
const sampleUsageSchema = z.object({
  type: z.literal('sampleUsage'),
  requestID: z.string().max(64),
});

export const controlFrameSchema = z.discriminatedUnion('type', [
  welcomeSchema,
  desiredSchema,
  reportedSchema,
  removeVolumesSchema,
  openStreamSchema,
  sampleUsageSchema,
]);
export type ControlFrame = z.infer<typeof controlFrameSchema>;

/** Body of `POST {cluster}/fairlead/v1/nodes`, authorized by an enrolment token. */
export const enrolRequestSchema = z.object({
  nodeName: z.string().min(1).max(253),
  /** Ed25519 public key as a JWK. The private half never leaves the node. */
  publicKey: z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() }),
});
export type EnrolRequest = z.infer<typeof enrolRequestSchema>;
export const enrolResponseSchema = z.object({
  nodeName: z.string(),
  nodeUID: z.string(),
  cluster: z.string(),
  /** Says that the node was enrolled; goes into every token that it signs. Opaque to the agent. */
  certificate: z.string().max(4_096),
});
export type EnrolResponse = z.infer<typeof enrolResponseSchema>;

/**
 * Claims of the tokens that the agent signs for itself (JWT, EdDSA): `iss` is
 * `fairlead:node`, `sub` is `system:node:<name>`, `aud` the cluster's name, and `exp` at most
 * NODE_TOKEN_TTL_SECONDS ahead. `crt` is the certificate of the enrolment: by it the control plane
 * knows a node's token from a forgery before it looks the node up. Sent as a bearer token on the link and on streams.
 */
export const NODE_TOKEN_ISSUER = 'fairlead:node';
export const NODE_TOKEN_TTL_SECONDS = 600;

/** Parses and validates one frame. Throws an Error that says what was wrong, never the content. */
export function decodeFrame<T>(schema: z.ZodType<T>, text: string): T {
  if (text.length > MAX_FRAME_BYTES) throw new Error(`frame of ${text.length} characters`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('frame is not JSON');
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new Error(`frame is invalid at ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  return result.data;
}
