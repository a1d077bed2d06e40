import { pino } from 'pino';
import type { Logger } from 'pino';
import type { Clock } from '../../node-agent/clock.ts';
import { systemClock } from '../../node-agent/clock.ts';
import { Dialler } from '../../node-agent/transport/socket/dialler.ts';

/** What an agent dials with, for a control plane that asks for no more than some token. */
export function newTestDialler(
  server: string,
  clock: Clock = systemClock,
  logger: Logger = pino({ level: 'silent' }),
): Dialler {
  return new Dialler({
    endpoint: { server },
    token: async () => 'token',
    clock,
    random: () => 0.5,
    logger,
  });
}
