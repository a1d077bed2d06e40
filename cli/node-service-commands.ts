import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { StatusOptions } from './commands/node-status.ts';
import { DEFAULT_INSTALLATION } from './node-service/installation.ts';
import type { Installation } from './node-service/installation.ts';
import { parseLabel } from './parse-label.ts';

const { service, unitDir, prefix, stateDir } = DEFAULT_INSTALLATION;
const SERVICE = ['--service <name>', 'name of the systemd service', service] as const;
const UNIT_DIR = ['--unit-dir <dir>', 'where units of the administrator are', unitDir] as const;
const PREFIX = ['--prefix <dir>', 'where releases of the agent are', prefix] as const;
const STATE_DIR = [
  '--state-dir <dir>',
  'where the key and the state of the node are',
  stateDir,
] as const;
const AGENT = [
  '--agent <file>',
  "a bundle of the agent (npm run build:agent); default: this fairlead's own",
] as const;
const TIMEOUT_SECONDS = 60;

interface InstallArguments extends Installation {
  token?: string;
  caFile?: string;
  name?: string;
  label: Record<string, string>;
  installEngine: boolean;
  agent?: string;
  shutdownGracePeriod?: string;
  shutdownGracePeriodCriticalPods?: string;
  timeout: number;
}

/**
 * Adds the commands for a node that is a service of its machine's systemd to `fairlead node`. What a
 * command does is loaded when it is called: most of what it takes is of no use to the others.
 */
export function addNodeServiceCommands(node: Command): void {
  node
    .command('install')
    .description('enrol this machine, and run its agent as a systemd service')
    .argument('<url>', 'the control plane, as in a kubeconfig')
    .option('--token <token>', 'from `fairlead node token create`; needed the first time only')
    .option('--ca-file <file>', "certificate to trust, where it is the control plane's own")
    .option('--name <name>', "the node's name; default: this machine's")
    .option('--label <key=value>', 'label of the Node; may be repeated', parseLabel, {})
    .option('--no-install-engine', 'never install docker.io')
    .option(
      '--shutdown-grace-period <duration>',
      'end pods when the machine shuts down, within this time, as 30s',
    )
    .option(
      '--shutdown-grace-period-critical-pods <duration>',
      'the part of it that critical pods have for themselves, as 10s',
    )
    .option(...STATE_DIR)
    .option(...PREFIX)
    .option(...SERVICE)
    .option(...UNIT_DIR)
    .option(...AGENT)
    .option('--timeout <seconds>', 'for the node to be ready', parseSeconds, TIMEOUT_SECONDS)
    .action(async (server: string, options: InstallArguments) => {
      const { label, timeout, ...rest } = options;
      const { installNode } = await import('./commands/node-install.ts');
      process.exitCode = await installNode({
        ...rest,
        server,
        labels: label,
        timeoutSeconds: timeout,
      });
    });

  node
    .command('status')
    .description("how this machine's node is; exit code 0: it is healthy")
    .addOption(
      new Option('--output <form>', 'for people or for programs')
        .choices(['text', 'json'])
        .default('text'),
    )
    .option(...SERVICE)
    .option(...UNIT_DIR)
    .action(async (options: StatusOptions) => {
      const { showNodeStatus } = await import('./commands/node-status.ts');
      process.exitCode = await showNodeStatus(options);
    });

  node
    .command('upgrade')
    .description('give this machine the release of the fairlead that is run, or go back')
    .addHelpText(
      'after',
      `
Containers go on running. The new agent has to be well in time (it has a link, and took up all pods
without restarting any): else the release before runs again, and the exit code is 1.`,
    )
    .option(...SERVICE)
    .option(...UNIT_DIR)
    .option(...AGENT)
    .option('--timeout <seconds>', 'for the new agent to be well', parseSeconds, TIMEOUT_SECONDS)
    .action(async (options: UpgradeArguments) => {
      const { timeout, ...rest } = options;
      const { upgradeNode } = await import('./commands/node-upgrade.ts');
      process.exitCode = await upgradeNode({ ...rest, timeoutSeconds: timeout });
    });

  node
    .command('uninstall')
    .description("remove this machine's service and releases; its pods go on running")
    .addHelpText(
      'after',
      `
Containers run on and the node's key and state stay, so that \`fairlead node install\` takes them up
again; nobody starts anew what ends meanwhile. --purge ends and removes the containers, and removes
key, state and the data of the node's volumes for good. May be run again.`,
    )
    .option('--purge', "remove pods, key, state and volumes' data as well", false)
    .option(...STATE_DIR)
    .option(...PREFIX)
    .option(...SERVICE)
    .option(...UNIT_DIR)
    .action(async (options: Installation & { purge: boolean }) => {
      const { uninstallNode } = await import('./commands/node-uninstall.ts');
      process.exitCode = await uninstallNode(options);
    });
}

type UpgradeArguments = Pick<Installation, 'service' | 'unitDir'> & {
  agent?: string;
  timeout: number;
};

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 3600) return seconds;
  throw new InvalidArgumentError('seconds are a number from 1 to 3600');
}
