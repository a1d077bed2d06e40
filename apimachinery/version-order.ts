const VERSION = /^v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?$/;
const STABILITY = ['alpha', 'beta', ''];

/**
 * Orders versions as Kubernetes prefers them, the preferred one first: generally available before
 * beta before alpha, then by number; what is no such version comes last, in order of the alphabet.
 */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [VERSION.exec(a), VERSION.exec(b)];
  if (x === null || y === null) {
    if (x === null && y === null) return a === b ? 0 : a < b ? -1 : 1;
    return x === null ? 1 : -1;
  }
  return (
    STABILITY.indexOf(y[2] ?? '') - STABILITY.indexOf(x[2] ?? '') ||
    Number(y[1]) - Number(x[1]) ||
    Number(y[3] ?? 0) - Number(x[3] ?? 0)
  );
}
