import { describe, expect, it } from 'vitest';
import { emptyContext } from '../../test/fakes/plan-context.ts';
import { planVolume } from './volume-plan.ts';

function plan(volume: object, spec: object = {}, allocatable: Record<string, string> = {}) {
  const pod = {
    metadata: { namespace: 'shop', name: 'web', uid: 'u' },
    spec: { containers: [], ...spec },
  };
  const context = emptyContext(pod);
  return planVolume(
    { name: 'v', ...volume },
    { ...context, facts: { ...context.facts, allocatable } },
  );
}

const limited = (memory?: string) => ({
  name: 'c',
  ...(memory === undefined ? {} : { resources: { limits: { memory } } }),
});

describe('The plan of a volume', () => {
  it.each([
    { sizeLimit: undefined, containers: [limited()], want: 8 },
    { sizeLimit: '4Mi', containers: [limited()], want: 4 },
    { sizeLimit: '16Mi', containers: [limited()], want: 8 },
    { sizeLimit: undefined, containers: [limited('1Mi'), limited('2Mi')], want: 3 },
    { sizeLimit: undefined, containers: [limited('1Mi'), limited()], want: 8 },
  ])(
    'bounds an emptyDir in memory ($sizeLimit) to $want MiB',
    ({ sizeLimit, containers, want }) => {
      const emptyDir = { medium: 'Memory', ...(sizeLimit === undefined ? {} : { sizeLimit }) };
      expect(plan({ emptyDir }, { containers }, { memory: '8Mi' })).toEqual({
        kind: 'emptyDir',
        memory: true,
        sizeLimitBytes: want * 2 ** 20,
      });
    },
  );

  it("leaves an emptyDir on disk without a bound of the node's", () => {
    expect(plan({ emptyDir: {} }, {}, { memory: '8Mi' })).toEqual({
      kind: 'emptyDir',
      memory: false,
    });
  });

  it("gives the group of the pod what is the pod's, and nothing else", () => {
    const spec = { securityContext: { fsGroup: 7, fsGroupChangePolicy: 'OnRootMismatch' } };
    const items = [{ path: 'name', mode: 0o400, fieldRef: { fieldPath: 'metadata.name' } }];
    expect(plan({ emptyDir: {} }, spec)).toMatchObject({
      group: { gid: 7, policy: 'OnRootMismatch' },
    });
    expect(plan({ downwardAPI: { items } }, spec)).toMatchObject({
      files: [{ path: 'name', mode: 0o440, owner: { gid: 7 } }],
    });
    expect(plan({ hostPath: { path: '/x' } }, spec)).toEqual({
      kind: 'hostPath',
      path: '/x',
      type: '',
    });
  });

  it('is none for huge pages, which would else be a directory on disk', () => {
    expect(() => plan({ emptyDir: { medium: 'HugePages-2Mi' } })).toThrow(
      'the medium HugePages-2Mi is not available on this node',
    );
  });

  it.each([
    {
      volume: { nfs: { server: 's', path: '/p', readOnly: true } },
      want: { kind: 'nfs', server: 's', path: '/p', readOnly: true },
    },
    {
      volume: { image: { reference: 'data:1' } },
      want: { kind: 'image', reference: 'data:1', policy: 'IfNotPresent' },
    },
    {
      volume: { image: { reference: 'data', pullPolicy: 'Never' } },
      want: { kind: 'image', reference: 'data', policy: 'Never' },
    },
  ])('of $volume', ({ volume, want }) => {
    expect(plan(volume)).toEqual(want);
  });
});
