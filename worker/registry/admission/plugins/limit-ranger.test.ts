import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { contextOf, refusalOf, request } from '../../../../test/plugin-harness.ts';
import { limitRanger } from './limit-ranger.ts';

const range = (...limits: object[]): object => ({
  metadata: { name: 'limits' },
  spec: { limits },
});

const pod = (spec: object): KubernetesObject => ({ metadata: { name: 'web' }, spec });

const container = (requests?: object, limits?: object, more: object = {}): object => ({
  name: 'c',
  ...(requests === undefined && limits === undefined ? {} : { resources: { requests, limits } }),
  ...more,
});

const admitted = (ranges: object[], object: KubernetesObject): KubernetesObject => {
  limitRanger.admit?.(request('pods', { object }), contextOf({ limitranges: ranges }));
  return object;
};

const refusal = (limit: object, object: KubernetesObject, given: object = {}, resource = 'pods') =>
  refusalOf(
    limitRanger,
    request(resource, { object, ...given }),
    contextOf({ limitranges: [range(limit)] }),
  );

describe('LimitRanger gives', () => {
  const LIMIT = {
    type: 'Container',
    default: { cpu: '2', memory: '1Gi' },
    defaultRequest: { cpu: '1' },
  };

  it('containers what they do not ask for, and says so', () => {
    const object = admitted(
      [range(LIMIT)],
      pod({
        containers: [container(), container({ cpu: '500m' }, { cpu: '1' }, { name: 'd' })],
        initContainers: [container({ cpu: '1' }, undefined, { name: 'i' })],
      }),
    );
    expect(object.spec).toMatchObject({
      containers: [
        { resources: { requests: { cpu: '1' }, limits: { cpu: '2', memory: '1Gi' } } },
        { resources: { requests: { cpu: '500m' }, limits: { cpu: '1', memory: '1Gi' } } },
      ],
      initContainers: [{ resources: { limits: { cpu: '2', memory: '1Gi' } } }],
    });
    expect(object.metadata.annotations).toEqual({
      'kubernetes.io/limit-ranger':
        'LimitRanger plugin set: cpu request for container c; cpu, memory limit for container c; memory limit for container d; cpu, memory limit for init container i',
    });
  });

  it('nothing to those that ask for all of it', () => {
    const object = pod({ containers: [container({ cpu: '1' }, { cpu: '1', memory: '1Mi' })] });
    expect(admitted([range(LIMIT)], structuredClone(object))).toEqual(object);
  });
});

describe('LimitRanger refuses', () => {
  it.each<[limit: object, container: object, want: string | null]>([
    [
      { type: 'Container', min: { cpu: '50m' }, max: { cpu: '1' } },
      container({ cpu: '10m' }, { cpu: '2' }),
      '[minimum cpu usage per Container is 50m, but request is 10m, maximum cpu usage per Container is 1, but limit is 2]',
    ],
    [
      { type: 'Container', min: { cpu: '50m' } },
      container(),
      'minimum cpu usage per Container is 50m.  No request is specified',
    ],
    [
      { type: 'Container', min: { cpu: '50m' } },
      container({ cpu: '50m' }, { cpu: '10m' }),
      'minimum cpu usage per Container is 50m, but limit is 10m',
    ],
    [
      { type: 'Container', max: { memory: '1Gi' } },
      container({ memory: '1Mi' }),
      'maximum memory usage per Container is 1Gi.  No limit is specified',
    ],
    [
      { type: 'Container', max: { memory: '1Gi' } },
      container({ memory: '2Gi' }, { memory: '1Gi' }),
      'maximum memory usage per Container is 1Gi, but request is 2Gi',
    ],
    [
      { type: 'Container', maxLimitRequestRatio: { cpu: '1500m' } },
      container({ cpu: '3' }, { cpu: '5' }),
      'cpu max limit to request ratio per Container is 1500m, but provided ratio is 1.666667',
    ],
    [
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      container({ cpu: '0' }, { cpu: '5' }),
      'cpu max limit to request ratio per Container is 2, but no request is specified or request is 0',
    ],
    [
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      container({ cpu: '1' }),
      'cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0',
    ],
    [
      { type: 'Container', min: { cpu: '1' }, max: { cpu: '2' } },
      container({ cpu: '1' }, { cpu: '2' }),
      null,
    ],
    [{ type: 'example.com/thing', min: { cpu: '1' } }, container(), null],
  ])('%j: %j', (limit, it, want) => {
    expect(refusal(limit, pod({ containers: [it] }))).toBe(
      want === null ? null : `pods "web" is forbidden: ${want}`,
    );
  });

  it('init containers, and what a pod needs altogether', () => {
    const initContainers = [container({ cpu: '3' }, { cpu: '3' })];
    const sidecar = container({ cpu: '1' }, { cpu: '1' }, { restartPolicy: 'Always' });
    const containers = [container({ cpu: '1' }, { cpu: '1' }), sidecar];
    const limit = (type: string): object => ({ type, max: { cpu: '2' } });
    expect(refusal(limit('Container'), pod({ containers, initContainers }))).toMatch(
      /maximum cpu usage per Container is 2, but limit is 3/,
    );
    expect(refusal(limit('Pod'), pod({ containers, initContainers }))).toMatch(
      /maximum cpu usage per Pod is 2, but limit is 3/,
    );
    expect(refusal(limit('Pod'), pod({ containers }))).toBeNull();
    const resources = { requests: { cpu: '1' }, limits: { cpu: '4' } };
    expect(refusal(limit('Pod'), pod({ containers, resources }))).toMatch(/but limit is 4/);
  });

  it('a resize, but no other update', () => {
    const limit = { type: 'Container', max: { cpu: '2' } };
    const object = pod({ containers: [container({ cpu: '1' }, { cpu: '3' })] });
    const update = { operation: 'UPDATE', oldObject: pod({}) };
    expect(refusal(limit, object, update)).toBeNull();
    expect(refusal(limit, object, { ...update, subresource: 'status' })).toBeNull();
    expect(refusal(limit, object, { ...update, subresource: 'resize' })).toMatch(/limit is 3/);
  });

  it('claims by what they request', () => {
    const limit = {
      type: 'PersistentVolumeClaim',
      min: { storage: '1Gi' },
      max: { storage: '2Gi' },
    };
    const claim = (storage: string): KubernetesObject => ({
      metadata: { name: 'data' },
      spec: { resources: { requests: { storage } } },
    });
    const of = (storage: string, given: object = {}) =>
      refusal(limit, claim(storage), given, 'persistentvolumeclaims');
    expect(of('2Gi')).toBeNull();
    expect(of('3Gi')).toBe(
      'persistentvolumeclaims "data" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
    );
    expect(of('1Mi', { operation: 'UPDATE', oldObject: claim('1Gi') })).toBe(
      'persistentvolumeclaims "data" is forbidden: minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi',
    );
    const leaving = claim('1Gi');
    leaving.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    expect(of('1Mi', { operation: 'UPDATE', oldObject: leaving })).toBeNull();
  });
});
