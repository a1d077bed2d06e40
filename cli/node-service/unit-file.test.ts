import { describe, expect, it } from 'vitest';
import { DEFAULT_INSTALLATION, installationAt } from './installation.ts';
import { placeOfEngine } from './render-unit.ts';
import { readOwnUnit, unitText } from './unit-file.ts';
import type { UnitSettings } from './unit-file.ts';

const SETTINGS: UnitSettings = {
  installation: DEFAULT_INSTALLATION,
  engineUnit: 'docker.service',
  stopSeconds: 57,
  systemdVersion: 252,
};

describe('The unit of an agent', () => {
  it('INSTALL-7: starts with the machine, after the engine, for ever, and leaves time to end', () => {
    const lines = unitText(SETTINGS).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'Wants=network-online.target docker.service',
        'After=network-online.target docker.service podman.socket podman.service',
        'StartLimitIntervalSec=0',
        'ExecStart=/opt/fairlead/current/bin/node --expose-gc /opt/fairlead/current/lib/agent.mjs --config /var/lib/fairlead/agent.json',
        'Environment=MALLOC_ARENA_MAX=1',
        'Restart=always',
        'KillMode=mixed',
        'TimeoutStopSec=57s',
        'WantedBy=multi-user.target',
      ]),
    );
  });

  it('has no view of the file system of its own, since the engine must see its mounts', () => {
    const text = unitText(SETTINGS);
    expect(text).not.toMatch(
      /^(Private(Tmp|Mounts|Devices)|Protect\w+|ReadOnlyPaths|ReadWritePaths|RootDirectory|RestrictSUIDSGID)=/m,
    );
  });

  it('waits longer from restart to restart where systemd can', () => {
    expect(unitText(SETTINGS)).not.toContain('RestartSteps');
    expect(unitText({ ...SETTINGS, systemdVersion: 254 })).toContain('RestartSteps=5\n');
  });

  it('says of itself what it was written from', () => {
    const text = unitText({ ...SETTINGS, dockerHost: 'tcp://127.0.0.1:2375' });
    expect(text).toContain('Environment=DOCKER_HOST=tcp://127.0.0.1:2375\n');
    expect(readOwnUnit(text)).toEqual({
      prefix: '/opt/fairlead',
      stateDir: '/var/lib/fairlead',
      engineUnit: 'docker.service',
      dockerHost: 'tcp://127.0.0.1:2375',
    });
    expect(readOwnUnit('[Service]\nExecStart=/bin/true\n')).toBeUndefined();
  });

  it('names paths as systemd reads them', () => {
    const installation = { ...DEFAULT_INSTALLATION, prefix: '/srv/100% ours' };
    expect(unitText({ ...SETTINGS, installation })).toContain(
      'ExecStart="/srv/100%% ours/current/bin/node" --expose-gc "/srv/100%% ours/current/lib/agent.mjs" --config',
    );
  });

  it.each(['a/b', 'x.service', ''])('has a name that can be one: not %j', (service) => {
    expect(() => installationAt({ ...DEFAULT_INSTALLATION, service })).toThrow('no name of a');
  });

  it.each([
    ['Docker 28', undefined, { unit: { engineUnit: 'docker.service' } }],
    ['Podman 5', '', { unit: { engineUnit: 'podman.socket' } }],
    [
      'Podman 5',
      'unix:///run/podman/podman.sock',
      { dockerSocket: '/run/podman/podman.sock', unit: { engineUnit: 'podman.socket' } },
    ],
    ['Docker 28', 'unix:///srv/d.sock', { dockerSocket: '/srv/d.sock', unit: { engineUnit: '' } }],
    [
      'Docker 28',
      'tcp://127.0.0.1:1',
      { unit: { engineUnit: '', dockerHost: 'tcp://127.0.0.1:1' } },
    ],
  ])('starts the engine that was found: %s at %s', (version, dockerHost, want) => {
    expect(placeOfEngine(version, dockerHost)).toEqual(want);
  });
});
