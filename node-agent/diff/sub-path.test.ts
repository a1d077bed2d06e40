import { describe, expect, it } from 'vitest';
import { mountedSubPath, recursiveReadOnly } from './sub-path.ts';

const ENV = new Map([
  ['NAME', 'web'],
  ['UP', '..'],
  ['ROOT', '/etc'],
  ['EMPTY', ''],
]);
const mount = (fields: object) => ({ name: 'v', mountPath: '/v', ...fields });

describe('The part of a volume that is mounted', () => {
  it.each([
    { fields: {}, want: '' },
    { fields: { subPath: 'a/b' }, want: 'a/b' },
    { fields: { subPath: '$(NAME)' }, want: '$(NAME)' },
    { fields: { subPathExpr: 'logs/$(NAME)' }, want: 'logs/web' },
    { fields: { subPathExpr: '$$(NAME)' }, want: '$(NAME)' },
  ])('is $want by $fields', ({ fields, want }) => {
    expect(mountedSubPath(mount(fields), ENV)).toBe(want);
  });

  it.each([
    { subPathExpr: '$(NONE)/$(EMPTY)', want: 'missing value for EMPTY, NONE' },
    { subPathExpr: '$(ROOT)', want: 'error SubPath `/etc` must not be an absolute path' },
    { subPathExpr: '$(UP)/x', want: "unable to provision SubPath `../x`: must not contain '..'" },
  ])('cannot be $subPathExpr', ({ subPathExpr, want }) => {
    expect(() => mountedSubPath(mount({ subPathExpr }), ENV)).toThrow(want);
  });
});

describe('A recursive read-only mount', () => {
  it('is refused where it must be, and done without where it need not', () => {
    expect(recursiveReadOnly(mount({}))).toBeUndefined();
    expect(recursiveReadOnly(mount({ recursiveReadOnly: 'IfPossible' }))).toBe('Disabled');
    expect(() => recursiveReadOnly(mount({ recursiveReadOnly: 'Enabled' }))).toThrow(
      'volume "v" requested recursive read-only mode, but it is not supported by the runtime',
    );
  });
});
