import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { readAgentConfig } from './agent-config.ts';
import { systemClock } from './clock.ts';
import { IdleMemory, ownMemory } from './memory/idle-memory.ts';
import { newPageRelease } from './memory/page-release.ts';
import { startAgent } from './start-agent.ts';

/** `node node-agent/main.ts --config <file>`: runs until SIGINT or SIGTERM; containers stay. */
const { values } = parseArgs({ options: { config: { type: 'string' } } });
if (values.config === undefined) {
  process.stderr.write('usage: node node-agent/main.ts --config <file>\n');
  process.exit(2);
}
const config = await readAgentConfig(values.config);
const logger = pino({ name: 'fairlead-agent', level: config.logLevel });

// Timers and idle sockets let the process end; an agent runs until it is told otherwise.
const keepAlive = setInterval(() => undefined, 1 << 30);

try {
  const agent = await startAgent(config, logger);
  const memory = new IdleMemory({
    ...ownMemory(),
    clock: systemClock,
    logger,
    releasePages: newPageRelease(config.stateDir),
  });
  memory.start();
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    clearInterval(keepAlive);
    memory.stop();
    agent.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'agent did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
} catch (error) {
  logger.fatal({ err: error }, 'agent cannot start');
  process.exit(1);
}
