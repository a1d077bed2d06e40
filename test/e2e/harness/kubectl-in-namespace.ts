import type { Cluster } from './cluster.ts';
import type { Finished, RunOptions } from './processes.ts';

export interface KubectlInNamespace {
  readonly namespace: string;
  /** Runs it in the namespace, however it ends. */
  readonly kubectl: (args: string[], options?: RunOptions) => Promise<Finished>;
  /**
   * What it prints.
   *
   * @throws Error with what it said, when it ends with another code than 0.
   */
  readonly output: (args: string[], options?: RunOptions) => Promise<string>;
}

/** A namespace of a test's own, and the kubectl at a path to use it with. */
export async function kubectlInNamespace(
  cluster: Cluster,
  path: string,
): Promise<KubectlInNamespace> {
  const namespace = await cluster.namespace();
  const kubectl = (args: string[], options?: RunOptions) =>
    cluster.kubectlAt(path, ['-n', namespace, ...args], options);
  const output = async (args: string[], options?: RunOptions) => {
    const { code, stdout, stderr } = await kubectl(args, options);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  };
  return { namespace, kubectl, output };
}
