import { pino } from 'pino';
import type { Clock } from '../../node-agent/clock.ts';
import { ReportQueue } from '../../node-agent/sync/report-queue.ts';
import { Link } from '../../node-agent/transport/link.ts';
import type { LinkOptions } from '../../node-agent/transport/link.ts';
import { newTestDialler } from './test-dialler.ts';

/** A link whose agent takes whatever comes, to a server that asks for no more than some token. */
export function newTestLink(
  server: string,
  clock: Clock,
  options: Partial<Pick<LinkOptions, 'onDesired' | 'sampleUsage' | 'logger'>> = {},
): { link: Link; reports: ReportQueue } {
  const reports = new ReportQueue();
  const link = new Link({
    dialler: newTestDialler(server, clock),
    nodeName: 'edge',
    clock,
    random: () => 0.5,
    logger: pino({ level: 'silent' }),
    reports,
    hello: () => ({
      agentVersion: '1',
      position: 7,
      epoch: 'e',
      node: { labels: {}, status: {} },
    }),
    onDesired: async () => true,
    onRemoveVolumes: () => undefined,
    onOpenStream: () => undefined,
    sampleUsage: () => Promise.reject(new Error('nothing is known')),
    onWelcome: () => undefined,
    ...options,
  });
  return { link, reports };
}

/** What the control plane says first. */
export const WELCOME = JSON.stringify({
  type: 'welcome',
  protocol: 1,
  generation: 1,
  epoch: 'e',
  nodeName: 'edge',
  nodeUID: 'u',
});
