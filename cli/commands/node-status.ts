import { statusFileOf } from '../node-config.ts';
import type { Installation } from '../node-service/installation.ts';
import { logCommand } from '../node-service/installation.ts';
import { describe, problemsOf } from '../node-service/health.ts';
import { installedNode, requireRoot } from '../node-service/node-service.ts';
import { ReleaseStore } from '../node-service/release-store.ts';
import { ServiceManager } from '../node-service/service-manager.ts';
import { sight } from '../node-service/wait-until-well.ts';

export type StatusOptions = Pick<Installation, 'service' | 'unitDir'> & {
  readonly output: 'text' | 'json';
};

/**
 * Says how the node of this machine is; 0: it is healthy.
 * @throws Error where none is installed
 */
export async function showNodeStatus(options: StatusOptions): Promise<number> {
  requireRoot('node status');
  const { installation, config } = await installedNode(options);
  const manager = await ServiceManager.for(installation.service);
  const { unit, status } = await sight(manager, statusFileOf(config));
  const store = new ReleaseStore(installation.prefix);
  const current = await store.current();
  const mark = await store.upgradeMark();
  const problems = problemsOf({ unit, status }, Date.now());
  if (mark !== undefined) {
    problems.push(
      `an upgrade from ${mark.from} to ${mark.to} did not come to its end: run \`fairlead node upgrade\` again`,
    );
  }
  const isAlive = status !== undefined && status.pid === unit.mainPID;
  const report = {
    healthy: problems.length === 0,
    problems,
    node: config.nodeName,
    server: config.server,
    service: { name: installation.service, ...unit },
    release: {
      current: current ?? null,
      running: isAlive ? status.release : null,
      installed: await store.list(),
    },
    link: isAlive ? status.link : null,
    pods: isAlive ? status.pods : null,
    stateDir: installation.stateDir,
  };
  const text =
    options.output === 'json'
      ? `${JSON.stringify(report, null, 2)}\n`
      : textOf(report, describe(unit), logCommand(installation));
  process.stdout.write(text);
  return report.healthy ? 0 : 1;
}

interface Report {
  readonly healthy: boolean;
  readonly problems: readonly string[];
  readonly node: string;
  readonly server: string;
  readonly service: { readonly name: string; readonly activeSince: string };
  readonly release: { readonly current: string | null; readonly running: string | null };
  readonly link: { readonly up: boolean; readonly since: string } | null;
  readonly pods: { readonly total: number; readonly running: number } | null;
}

function textOf(report: Report, unitState: string, log: string): string {
  const { service, release, link, pods } = report;
  const rows: readonly (readonly [string, string])[] = [
    ['service', `${service.name}.service: ${unitState} ${since(service.activeSince)}`],
    ['release', release.running ?? `${release.current ?? 'none'} (does not run)`],
    ['server', report.server],
    ['link', link === null ? 'unknown' : `${link.up ? 'up' : 'down'} ${since(link.since)}`],
    ['pods', pods === null ? 'unknown' : `${pods.running} of ${pods.total} running`],
    ['log', log],
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(9)}${value.trimEnd()}`);
  const problems = report.problems.map((problem) => `  ! ${problem}`);
  const head = `node ${report.node} is ${report.healthy ? 'healthy' : 'not healthy'}`;
  return `${[head, ...problems, ...lines].join('\n')}\n`;
}

const since = (time: string): string => (time === '' ? '' : `since ${time}`);
