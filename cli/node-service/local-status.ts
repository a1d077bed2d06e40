import { open } from 'node:fs/promises';
import { agentStatusSchema, MAX_STATUS_BYTES } from '../../node-agent/agent-status.ts';
import type { AgentStatus } from '../../node-agent/agent-status.ts';

/** What the agent last wrote of itself; undefined where there is nothing, or nothing that can be read. */
export async function readAgentStatus(path: string): Promise<AgentStatus | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > MAX_STATUS_BYTES) return undefined;
      return agentStatusSchema.parse(JSON.parse(await file.readFile('utf8')));
    } finally {
      await file.close();
    }
  } catch {
    // No agent has run since the machine was started, or one of another version: it says nothing to us.
    return undefined;
  }
}
