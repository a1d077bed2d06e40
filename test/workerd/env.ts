import { env as bindings } from 'cloudflare:workers';
import type { Env } from '../../worker/durable/env.ts';

/** The Worker's bindings, by the type that the Worker itself uses. */
export const env: Env = bindings;
