/** The Kubernetes version that is spoken, and Fairlead's own. */
export const KUBERNETES_VERSION = '1.36.4';
export const FAIRLEAD_VERSION = '0.1.0';

/** The body of /version. */
export const VERSION_INFO = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: `v${KUBERNETES_VERSION}+fairlead.${FAIRLEAD_VERSION}`,
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'workerd',
  platform: 'workers/wasm',
} as const;
