import { Command, InvalidArgumentError } from 'commander';
import { APIError } from './api-client.ts';
import { connect } from './connection.ts';
import { howToJoin } from './how-to-join.ts';
import { dataDirAt, readIfExists } from './data-dir.ts';
import { addNodeServiceCommands } from './node-service-commands.ts';
import { createEnrolmentToken, listNodes, revokeNode } from './nodes.ts';
import { parseLabel } from './parse-label.ts';
import { table } from './table.ts';

const DEFAULT_DATA_DIR = '.fairlead';

const program = new Command('fairlead')
  .description('A Kubernetes control plane without servers, and the nodes that join it.')
  .showHelpAfterError('(add --help for what there is)')
  .addHelpText(
    'after',
    `
Examples:
  fairlead up                                  control plane and one node on this machine
  fairlead kubeconfig > ~/.kube/fairlead       credentials for kubectl, Helm and others
  fairlead node token create                   let another machine join
  fairlead node join https://host:6443 --token T --ca-file ca.crt
  fairlead node install https://host:6443 --token T --ca-file ca.crt   the same as a service

Exit codes: 0 done, 1 failed (the reason is on stderr), 2 wrong usage.`,
  );
program.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

const dataDir = [
  '--data-dir <dir>',
  'where state, keys and logs are kept',
  DEFAULT_DATA_DIR,
] as const;
const kubeconfig = [
  '--kubeconfig <file>',
  "which control plane; default: the data directory's",
] as const;

program
  .command('up')
  .description('start a control plane, a node on the local engine, and the hello example')
  .option(...dataDir)
  .option('--port <port>', 'port of the API', parsePort, 6443)
  .option(
    '--address <address>',
    'address that the API listens on; 0.0.0.0: all, so that other machines can join',
    '127.0.0.1',
  )
  .option(
    '--tls-san <name...>',
    'further names or addresses that others reach the API by, for its certificate',
    [],
  )
  .option('--node-name <name>', "name of the local node; default: this machine's")
  .option(
    '--public-url <url>',
    'where others find the API, https://…: the issuer of service account tokens (OIDC)',
    parseURL,
  )
  .option(
    '--webhook-network <cidr...>',
    'private networks that webhooks may be called in; public addresses always are',
    [],
  )
  .option('--no-node', 'control plane only')
  .option('--no-hello', 'leave the example out')
  .option('--no-install-engine', 'never install docker.io')
  .action(async (options: UpArguments) => {
    const { up } = await import('./commands/up.ts');
    // What was being brought up when a signal came must not keep the process.
    process.exit(await up(options));
  });

interface UpArguments {
  dataDir: string;
  address: string;
  port: number;
  tlsSan: string[];
  nodeName?: string;
  publicUrl?: string;
  webhookNetwork: string[];
  node: boolean;
  hello: boolean;
  installEngine: boolean;
}

program
  .command('kubeconfig')
  .description('print the kubeconfig of the local control plane')
  .option(...dataDir)
  .action(async (options: { dataDir: string }) => {
    const path = dataDirAt(options.dataDir).kubeconfig;
    const text = await readIfExists(path);
    if (text === null) throw new Error(`${path} does not exist: run \`fairlead up\` first`);
    process.stdout.write(text);
  });

const node = program.command('node').description('machines that run pods');

node
  .command('token')
  .description('one-time tokens that let a machine join')
  .command('create')
  .description('make a token, and print the command to run on the machine')
  .option(...dataDir)
  .option(...kubeconfig)
  .option('--node-name <name>', 'the only name that it may join under')
  .option('--ttl <minutes>', 'how long it can be used', parseMinutes, 24 * 60)
  .action(async (options: TokenArguments) => {
    const { client, server } = await connect(options);
    const token = await createEnrolmentToken(client, {
      ...(options.nodeName === undefined ? {} : { nodeName: options.nodeName }),
      ttlSeconds: options.ttl * 60,
    });
    client.close();
    process.stdout.write(`${token}\n`);
    process.stderr.write(await howToJoin(options, server, token));
  });

interface TokenArguments {
  dataDir: string;
  kubeconfig?: string;
  nodeName?: string;
  ttl: number;
}

node
  .command('join')
  .description('enrol this machine and run its agent in the foreground')
  .argument('<url>', 'the control plane, as in a kubeconfig')
  .option('--token <token>', 'from `fairlead node token create`; needed the first time only')
  .option('--ca-file <file>', "certificate to trust, where it is the control plane's own")
  .option('--name <name>', "the node's name; default: this machine's")
  .option('--state-dir <dir>', 'where the key and the state of the node are kept', '.fairlead-node')
  .option('--label <key=value>', 'label of the Node; may be repeated', parseLabel, {})
  .option('--no-install-engine', 'never install docker.io')
  .action(async (server: string, options: JoinArguments) => {
    const { label, ...rest } = options;
    const { joinNode } = await import('./commands/node-join.ts');
    process.exitCode = await joinNode({ ...rest, server, labels: label });
  });

interface JoinArguments {
  token?: string;
  caFile?: string;
  name?: string;
  stateDir: string;
  label: Record<string, string>;
  installEngine: boolean;
}

addNodeServiceCommands(node);

node
  .command('list')
  .description('nodes and whether they are ready')
  .option(...dataDir)
  .option(...kubeconfig)
  .action(async (options: { dataDir: string; kubeconfig?: string }) => {
    const { client } = await connect(options);
    const nodes = await listNodes(client);
    client.close();
    const rows = nodes.map((n) => [
      n.name,
      n.ready === 'True' ? 'Ready' : 'NotReady',
      n.internalIP,
      n.version,
      n.createdAt,
    ]);
    process.stdout.write(table(['NAME', 'STATUS', 'INTERNAL-IP', 'VERSION', 'CREATED'], rows));
  });

node
  .command('revoke')
  .description("take a node's credential away and cut its link; its containers go on running")
  .argument('<name>', 'the node')
  .option(...dataDir)
  .option(...kubeconfig)
  .action(async (name: string, options: { dataDir: string; kubeconfig?: string }) => {
    const { client } = await connect(options);
    await revokeNode(client, name);
    client.close();
    process.stdout.write(`node ${name} is revoked; kubectl delete node ${name} forgets it\n`);
  });

function parseURL(text: string): string {
  if (URL.canParse(text) && new URL(text).protocol === 'https:') return text;
  throw new InvalidArgumentError('It must be a URL that begins with https://.');
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new InvalidArgumentError('a port is a number from 1 to 65535');
}

function parseMinutes(text: string): number {
  const minutes = Number(text);
  if (Number.isInteger(minutes) && minutes >= 1 && minutes <= 30 * 24 * 60) return minutes;
  throw new InvalidArgumentError('minutes are a number from 1 to 43200 (30 days)');
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`fairlead: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof APIError && error.status === 400 ? 2 : 1);
}
