/** What a link's socket carries through hibernation. */
export interface LinkSession {
  readonly generation: number;
  /** Ms since the epoch. */
  readonly openedAt: number;
  /** Desired positions up to here were sent; null before the agent's hello. */
  readonly sentPosition: number | null;
  /** What the agent said in its hello that it can do. */
  readonly features?: readonly string[];
}

export const readSession = (socket: WebSocket) => socket.deserializeAttachment() as LinkSession;

export const writeSession = (socket: WebSocket, session: LinkSession) =>
  socket.serializeAttachment(session);
