import { newApp } from './api/app.ts';
import { answerClient } from './durable/commit/waiting-clients.ts';
import type { Env } from './durable/env.ts';

export { DirectoryDurableObject } from './durable/directory-durable-object.ts';
export { NodeDurableObject } from './durable/node-durable-object.ts';
export { PolledSocketsDurableObject } from './durable/polled-sockets-durable-object.ts';
export { SchedulerDurableObject } from './durable/scheduler-durable-object.ts';
export { StoreDurableObject } from './durable/store-durable-object.ts';
export { StreamDurableObject } from './durable/stream-durable-object.ts';

const app = newApp();

export default {
  fetch: (request, env, context) => answerClient(() => app.fetch(request, env, context)),
} satisfies ExportedHandler<Env>;
