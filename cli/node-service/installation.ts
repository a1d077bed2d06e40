import { join, resolve } from 'node:path';

/** Where a node that was installed as a service is on its machine. */
export interface Installation {
  /** The unit's name without `.service`. */
  readonly service: string;
  /** The folder of units that are the administrator's. */
  readonly unitDir: string;
  /** Where releases are: `releases/<id>`, of which `current` links to one. */
  readonly prefix: string;
  /** The node's key, configuration and state; as `fairlead node join` keeps them. */
  readonly stateDir: string;
}

export const DEFAULT_INSTALLATION: Installation = {
  service: 'fairlead-node',
  unitDir: '/etc/systemd/system',
  prefix: '/opt/fairlead',
  stateDir: '/var/lib/fairlead',
};

/** The same with absolute paths. @throws Error for what a unit file cannot hold */
export function installationAt(options: Installation): Installation {
  const { service } = options;
  if (!/^[A-Za-z0-9:_.-]{1,200}$/.test(service) || service.endsWith('.service')) {
    throw new Error(
      `${service} is no name of a service: use letters, digits and -_. only, without .service`,
    );
  }
  const path = (text: string): string => {
    if (/[\n\r"\\]/.test(text)) throw new Error(`the path ${JSON.stringify(text)} is not usable`);
    return resolve(text);
  };
  return {
    service,
    unitDir: path(options.unitDir),
    prefix: path(options.prefix),
    stateDir: path(options.stateDir),
  };
}

export const unitPath = ({ unitDir, service }: Installation): string =>
  join(unitDir, `${service}.service`);

export const configPath = ({ stateDir }: Installation): string => join(stateDir, 'agent.json');

/** The command that shows the log. */
export const logCommand = ({ service }: Installation): string =>
  `journalctl --unit ${service} --lines 50`;
