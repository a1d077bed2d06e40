import { expandVariables, VARIABLE } from './expansion.ts';
import type { VolumeMountSpec } from './pod.ts';

/**
 * The part of a volume that a mount shows; empty for all of it.
 * @throws Error in upstream's words for one that has no value, or may lead out (kubelet, makeMounts)
 */
export function mountedSubPath(mount: VolumeMountSpec, env: ReadonlyMap<string, string>): string {
  const expression = mount.subPathExpr ?? '';
  const subPath = expression === '' ? (mount.subPath ?? '') : expandStrictly(expression, env);
  if (subPath.startsWith('/')) {
    throw new Error(`error SubPath \`${subPath}\` must not be an absolute path`);
  }
  if (subPath.split('/').includes('..')) {
    throw new Error(`unable to provision SubPath \`${subPath}\`: must not contain '..'`);
  }
  return subPath;
}

function expandStrictly(expression: string, env: ReadonlyMap<string, string>): string {
  const missing = [...expression.matchAll(VARIABLE)]
    .flatMap(([, name]) => (name === undefined || env.get(name) ? [] : [name]))
    .sort();
  if (missing.length > 0) throw new Error(`missing value for ${missing.join(', ')}`);
  return expandVariables(expression, env);
}

/**
 * Whether a mount is to be read-only with all that is mounted below it, as a status tells it;
 * undefined where the spec does not ask.
 * @throws Error where it must be: the engine has no such mounts
 */
export function recursiveReadOnly(mount: VolumeMountSpec): 'Disabled' | undefined {
  const wanted = mount.recursiveReadOnly;
  if (wanted === undefined) return undefined;
  if (wanted !== 'Enabled') return 'Disabled';
  const asked = `volume "${mount.name}" requested recursive read-only mode`;
  throw new Error(`${asked}, but it is not supported by the runtime`);
}
