import { Command } from 'commander';
import { agent } from './scenarios/agent.ts';
import { admission } from './scenarios/admission.ts';
import { coldStart } from './scenarios/cold-start.ts';
import { creates } from './scenarios/creates.ts';
import { rollout } from './scenarios/rollout.ts';
import { documents } from './scenarios/documents.ts';
import { list } from './scenarios/list.ts';
import { registry } from './scenarios/registry.ts';
import { reads } from './scenarios/reads.ts';
import { scheduler } from './scenarios/scheduler.ts';
import { watchFanOut } from './scenarios/watch-fan-out.ts';
import { openTarget, type Target, type TargetOptions } from './target.ts';

/** A measurement: prints nothing, returns the lines to print. */
export type Scenario = (target: Target) => Promise<Record<string, unknown>[]>;

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'cold-start': coldStart,
  documents,
  registry,
  creates,
  admission,
  reads,
  list,
  watch: watchFanOut,
  rollout,
  agent,
};

/** Those that measure code in this process, and need no server. */
const IN_PROCESS: Readonly<Record<string, () => Promise<Record<string, unknown>[]>>> = {
  scheduler,
};

const NAMES = [...Object.keys(SCENARIOS), ...Object.keys(IN_PROCESS)];

const program = new Command('bench')
  .description('Measures an API server. Prints a JSON line per figure.')
  .argument('[scenario...]', `any of: ${NAMES.join(', ')}; default: all`)
  .option('--server <url>', 'an API server that runs already; default: our own, started for it')
  .option('--token <token>', 'bearer token for --server')
  .option('--ca-file <file>', 'certificate to trust for --server')
  .action(async (names: string[], options: TargetOptions) => {
    for (const name of names.length === 0 ? NAMES : names) {
      for (const line of await run(name, options)) {
        process.stdout.write(`${JSON.stringify({ scenario: name, ...line })}\n`);
      }
    }
  });

async function run(name: string, options: TargetOptions): Promise<Record<string, unknown>[]> {
  const inProcess = IN_PROCESS[name];
  if (inProcess !== undefined) return inProcess();
  const scenario = SCENARIOS[name];
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  const target = await openTarget(options);
  try {
    return await scenario(target);
  } finally {
    await target.stop();
  }
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(
    `bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
}
