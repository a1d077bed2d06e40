/**
 * Resolves in a later turn of the event loop. workerd looks at sockets and timers only when no other
 * event is left, and calls among Durable Objects of one process are such events: a chain of them keeps
 * every request waiting until its end, unless it goes through here now and then.
 */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
