import { newApp } from './api/app.ts';

export { DirectoryDurableObject } from './durable/directory-durable-object.ts';
export { NodeDurableObject } from './durable/node-durable-object.ts';
export { SchedulerDurableObject } from './durable/scheduler-durable-object.ts';
export { StoreDurableObject } from './durable/store-durable-object.ts';
export { StreamDurableObject } from './durable/stream-durable-object.ts';

export default newApp();
