/** What the owner of a socket is told. Calls come one at a time, none before {@link AgentSocket.start}. */
export interface SocketEvents {
  /** The next message; of a text, its UTF-8. */
  message(data: Buffer, isBinary: boolean): void;
  /** The other end lives: a message came, or the answer to a ping, or a part of either. */
  heard(): void;
  /**
   * It is over, and nothing comes any more; called once.
   * @param code of whoever closed; 1006 when the connection broke
   * @param reason for the log; may be empty
   */
  closed(code: number, reason: string): void;
}

/**
 * An open connection to the control plane that carries messages, over whatever gets through. Both
 * implementations pass `test/contract/agent-socket.ts`.
 */
export interface AgentSocket {
  readonly transport: 'WebSocket' | 'long-poll';
  /** Whether messages can be sent. */
  readonly isOpen: boolean;
  /** Messages come from now on. */
  start(events: SocketEvents): void;
  /** A string goes as text, bytes as a binary message. Nothing happens once it is not open. */
  send(message: string | Uint8Array): void;
  /** Asks for a sign of life, on which `heard` is called. */
  ping(): void;
  /** Takes no more messages off the network; what has come by then may still be told. */
  pause(): void;
  resume(): void;
  /** Ends it in good order, after what was sent. */
  close(code: number): void;
  /** Breaks it off at once; `closed` follows, with 1006. */
  terminate(): void;
}

/** A connection that ended without a closing code. */
export const CLOSED_ABNORMALLY = 1006;

/** How a ping goes over a WebSocket: as the text that the control plane answers asleep, or as HTTP has it. */
export type Heartbeat = 'text' | 'frame';

/** What is asked of the network. */
export interface SocketRequest {
  /** Below `/fairlead/v1/`. */
  readonly path: string;
  readonly heartbeat: Heartbeat;
}
