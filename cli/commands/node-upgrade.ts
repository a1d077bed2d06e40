import { parseAgentConfig } from '../../node-agent/agent-config.ts';
import type { PodSummary } from '../../node-agent/agent-status.ts';
import { readIfExists, writeAtomically } from '../data-dir.ts';
import { configPath, logCommand, unitPath } from '../node-service/installation.ts';
import type { Installation } from '../node-service/installation.ts';
import { problemsOf } from '../node-service/health.ts';
import { withLock } from '../node-service/lock.ts';
import { installedNode, requireRoot } from '../node-service/node-service.ts';
import type { InstalledNode } from '../node-service/node-service.ts';
import { ownRelease } from '../node-service/own-release.ts';
import { ReleaseStore } from '../node-service/release-store.ts';
import { renderUnit } from '../node-service/render-unit.ts';
import { ServiceManager } from '../node-service/service-manager.ts';
import { podsOf, sight, waitUntilWell } from '../node-service/wait-until-well.ts';
import { statusFileOf } from '../node-config.ts';
import { Progress } from '../progress.ts';

export type UpgradeOptions = Pick<Installation, 'service' | 'unitDir'> & {
  /** Another bundle of the agent than this fairlead's own. */
  readonly agent?: string;
  /** For the new agent to be well. */
  readonly timeoutSeconds: number;
};

const LOG_LINES = 20;

/** What an upgrade works with. */
interface Upgrade {
  readonly node: InstalledNode;
  readonly store: ReleaseStore;
  readonly manager: ServiceManager;
  readonly statusFile: string;
  readonly timeoutMs: number;
  /** Pods as the agent has them that is replaced. */
  readonly before: readonly PodSummary[];
  readonly progress: Progress;
}

/**
 * Gives the node of this machine the release of the fairlead that is run, and goes back to the one
 * before unless its agent is well. Returns the exit code: 0 when the new one runs.
 * @throws Error that says what to do next; nothing was changed then
 */
export async function upgradeNode(options: UpgradeOptions): Promise<number> {
  requireRoot('node upgrade');
  const node = await installedNode(options);
  const manager = await ServiceManager.for(node.installation.service);
  return withLock(node.installation.prefix, () => upgrade(options, node, manager));
}

async function upgrade(
  options: UpgradeOptions,
  node: InstalledNode,
  manager: ServiceManager,
): Promise<number> {
  const { installation, config } = node;
  const progress = new Progress((text) => process.stdout.write(text), Date.now());
  const store = new ReleaseStore(installation.prefix);
  // One that was interrupted is gone on with: what it came from is the one to go back to.
  const from = (await store.upgradeMark())?.from ?? (await store.current());
  if (from === undefined) {
    throw new Error(
      `${installation.prefix} has no release any more: run \`fairlead node uninstall\`, then \`fairlead node install\``,
    );
  }
  const source = await ownRelease(options.agent, () => progress.begin('building the node agent'));
  const { id: to } = await store.add(source);
  const statusFile = statusFileOf(config);
  const now = await sight(manager, statusFile);
  const units = await unitsOf(node, manager);
  if (to === from && to === (await store.current()) && units.before === units.after) {
    await store.markUpgrade(undefined);
    progress.done(`release ${to} is installed already`);
    const problems = problemsOf(now, Date.now());
    for (const problem of problems) progress.note(problem);
    return problems.length === 0 ? 0 : 1;
  }
  await store.check(to, configPath(installation));
  progress.done(`release ${to} is in ${installation.prefix}`);
  const isAlive = now.status !== undefined && now.status.pid === now.unit.mainPID;
  const before = isAlive ? podsOf(now.status) : [];
  const timeoutMs = options.timeoutSeconds * 1000;
  const context = { node, store, manager, statusFile, timeoutMs, before, progress };
  return change(context, { release: from, unit: units.before }, { release: to, unit: units.after });
}

/** The texts of the unit as it is, and as this fairlead would write it. */
async function unitsOf(
  { installation, unit, config }: InstalledNode,
  manager: ServiceManager,
): Promise<{ readonly before: string; readonly after: string }> {
  const agentConfig = parseAgentConfig(config, configPath(installation));
  return {
    before: (await readIfExists(unitPath(installation))) ?? '',
    after: renderUnit(installation, unit, agentConfig, manager),
  };
}

/** What a service is made of. */
interface Edition {
  readonly release: string;
  readonly unit: string;
}

async function change(context: Upgrade, old: Edition, next: Edition): Promise<number> {
  const { manager, progress, store } = context;
  const [from, to] = [old.release, next.release];
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, interrupt);
  try {
    await store.markUpgrade({ from, to });
    const startedAtMs = Date.now();
    const why = await tryEdition(context, next, interrupted.signal);
    if (why === undefined) {
      await store.markUpgrade(undefined);
      if (to !== from) await store.prune([from, to]);
      const kept = to === from ? '' : `; ${from} is kept beside it`;
      progress.done(`the agent is well with release ${to}${kept}`);
      return 0;
    }
    const log = await manager.lastLogLines(LOG_LINES, startedAtMs);
    progress.note(`${why}: going back to release ${from}`);
    const stillBad = await tryEdition(context, old);
    await store.markUpgrade(undefined);
    if (to !== from) await store.remove(to);
    report(context.node.installation, { from, to, why, log, stillBad });
    return 1;
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
}

/** Runs one. Answers why its agent is not well; undefined: it is. */
async function tryEdition(
  { node, store, manager, statusFile, timeoutMs, before }: Upgrade,
  { release, unit }: Edition,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    const path = unitPath(node.installation);
    if ((await readIfExists(path)) !== unit) {
      await writeAtomically(path, unit, 0o644);
      await manager.reload();
    }
    await store.switchTo(release);
    await manager.restart();
    const verdict = await waitUntilWell(manager, statusFile, {
      release,
      before,
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    return verdict.verdict === 'well' ? undefined : verdict.why;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function report(
  installation: Installation,
  outcome: {
    readonly from: string;
    readonly to: string;
    readonly why: string;
    readonly log: readonly string[];
    readonly stillBad: string | undefined;
  },
): void {
  const { from, to, why, log, stillBad } = outcome;
  const lines = [
    `fairlead: release ${to} was not kept: ${why}`,
    ...(log.length === 0 ? [] : ['The end of its log:', ...log.map((line) => `  ${line}`)]),
    stillBad === undefined
      ? `The node runs release ${from} as before.`
      : `Release ${from} runs again, and is not well either: ${stillBad}. What to look at: fairlead node status`,
    `The whole log: ${logCommand(installation)}`,
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
}
