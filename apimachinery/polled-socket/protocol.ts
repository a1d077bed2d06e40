import * as z from 'zod';

/**
 * A socket over plain HTTP requests, for nodes whose network lets no WebSocket through. It carries
 * what the WebSocket of a path would: texts and binary messages in order, and a closing code.
 *
 * - `POST {cluster}/fairlead/v1/polled-sockets` opens one, for a path of the WebSockets' (below
 *   `/fairlead/v1/`), and answers with its id.
 * - `POST …/polled-sockets/{id}/messages?from={n}` sends parts, the first of which is number n. What
 *   is sent again is dropped, so a request whose answer was lost is repeated as it was.
 * - `GET …/polled-sockets/{id}/messages?after={n}` acknowledges the parts up to n, and answers with
 *   those after it, or with nothing after a while. A newer such request ends an older one.
 * - `DELETE …/polled-sockets/{id}` breaks it off.
 *
 * Each request is one of the node's that has opened it. Of a socket that is over, or of another
 * node, nothing is known (410).
 */
export const POLLED_SOCKETS = 'polled-sockets';

/** What an answer with messages is said to be; one that is not comes from somebody else. */
export const MESSAGES_TYPE = 'application/octet-stream';
/** How long a request for messages waits for the first one. Proxies cut off what is silent for longer. */
export const POLL_HOLD_MS = 25_000;
/** A socket that its node asks nothing of for so long is closed. */
export const POLLED_SOCKET_EXPIRY_MS = 60_000;
/** Parts of one body together: below what proxies take without being told (1 MB). Bytes. */
export const MAX_BATCH_BYTES = 256 * 1024;

/** Body of the request that opens a socket. */
export const openPolledSocketSchema = z.object({
  /** As `nodes/{name}/link` or `streams/{streamID}`. */
  path: z.string().max(1_024),
});
/** Its answer. */
export const polledSocketSchema = z.object({ id: z.string().min(1).max(128) });
