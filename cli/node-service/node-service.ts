import { readIfExists } from '../data-dir.ts';
import { readNodeConfig } from '../node-config.ts';
import type { NodeConfig } from '../node-config.ts';
import { installationAt, unitPath } from './installation.ts';
import type { Installation } from './installation.ts';
import { readOwnUnit } from './unit-file.ts';
import type { OwnUnit } from './unit-file.ts';

/** A node that is installed as a service. */
export interface InstalledNode {
  readonly installation: Installation;
  readonly unit: OwnUnit;
  readonly config: NodeConfig;
}

/** What a unit of a name is. */
export type FoundUnit =
  | { readonly kind: 'none' }
  /** Somebody else's. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'own'; readonly text: string; readonly unit: OwnUnit };

export async function findUnit(installation: Installation): Promise<FoundUnit> {
  const text = await readIfExists(unitPath(installation));
  if (text === null) return { kind: 'none' };
  const unit = readOwnUnit(text);
  return unit === undefined ? { kind: 'foreign' } : { kind: 'own', text, unit };
}

/** The unit says where the rest is. @throws Error that says what to do where nothing is installed */
export async function installedNode(
  named: Pick<Installation, 'service' | 'unitDir'>,
): Promise<InstalledNode> {
  const path = unitPath(installationAt({ ...named, prefix: '/', stateDir: '/' }));
  const found = await findUnit({ ...named, prefix: '/', stateDir: '/' });
  if (found.kind === 'none') {
    throw new Error(
      `no node is installed here (there is no ${path}): run \`fairlead node install\``,
    );
  }
  if (found.kind === 'foreign') throw new Error(foreignUnit(path));
  const { unit } = found;
  const installation = installationAt({ ...named, ...unit });
  const config = await readNodeConfig(installation.stateDir);
  if (config === null) {
    throw new Error(
      `${installation.stateDir} has no configuration any more: run \`fairlead node uninstall\`, then \`fairlead node install\``,
    );
  }
  return { installation, unit, config };
}

export const foreignUnit = (path: string): string =>
  `${path} is not Fairlead's: name the service otherwise with --service`;

/** @throws Error where this is not root */
export function requireRoot(command: string): void {
  if (process.getuid?.() === 0) return;
  throw new Error(`\`fairlead ${command}\` works on the machine itself: run it as root, with sudo`);
}
