import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { readAgentConfig } from './agent-config.ts';
import { systemClock } from './clock.ts';
import { shutdownPeriods } from './diff/shutdown/shutdown-periods.ts';
import { IdleMemory, ownMemory } from './memory/idle-memory.ts';
import { releaseOf } from './release.ts';
import { startAgent } from './start-agent.ts';
import { isMachineStopping } from './sync/machine-state.ts';

/**
 * `node node-agent/main.ts --config <file>`: runs until SIGINT or SIGTERM; containers stay, unless the
 * machine goes down and pods have periods to end in. With `--check` it only says of which release it is,
 * and whether it can read the file.
 */
const { values } = parseArgs({
  options: { config: { type: 'string' }, check: { type: 'boolean' } },
});
if (values.config === undefined) {
  process.stderr.write('usage: node node-agent/main.ts --config <file> [--check]\n');
  process.exit(2);
}
const config = await readAgentConfig(values.config);
const release = await releaseOf(import.meta.filename);
if (values.check === true) {
  process.stdout.write(`${release}\n`);
  process.exit(0);
}
const logger = pino({ name: 'fairlead-agent', level: config.logLevel });

// Timers and idle sockets let the process end; an agent runs until it is told otherwise.
const keepAlive = setInterval(() => undefined, 1 << 30);

try {
  const agent = await startAgent(config, logger, release);
  const onError = (error: unknown) => logger.debug({ err: error }, 'memory is not given back');
  const memory = new IdleMemory({ ...ownMemory(onError), clock: systemClock });
  memory.start();
  let stopping = false;
  const stop = async (): Promise<void> => {
    const endsPods = shutdownPeriods(config).length > 0;
    if (endsPods && (await isMachineStopping())) await agent.shutDown();
    clearInterval(keepAlive);
    memory.stop();
    await agent.stop();
  };
  const stopOnce = (): void => {
    if (stopping) return;
    stopping = true;
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'agent did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stopOnce);
  process.on('SIGTERM', stopOnce);
} catch (error) {
  logger.fatal({ err: error }, 'agent cannot start');
  process.exit(1);
}
