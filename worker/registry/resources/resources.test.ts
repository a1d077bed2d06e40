import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { RESOURCES } from '../resource-table.ts';
import { applyScale, scaleOf } from '../scale.ts';

const CONTEXT = { now: 0, user: { name: 'test', groups: [] } };

/** What a create makes of the object: defaults and preparation. */
function create(resource: string, object: Record<string, unknown>): KubernetesObject {
  const { strategy } = RESOURCES.get(resource)!;
  const draft = { metadata: { name: 'a', namespace: 'default' }, ...structuredClone(object) };
  strategy.setDefaults?.(draft);
  strategy.prepareForCreate?.(draft, CONTEXT);
  return draft;
}

const errors = (resource: string, object: KubernetesObject, old?: KubernetesObject): string[] => {
  const { strategy } = RESOURCES.get(resource)!;
  const found =
    old === undefined ? strategy.validate?.(object) : strategy.validateUpdate?.(object, old);
  return (found ?? []).map((e) => `${e.field}: ${e.message}`);
};

const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'main', image: 'nginx' }] },
};
const workload = { spec: { selector: { matchLabels: { app: 'web' } }, template } };

describe('deployments', () => {
  it('get the defaults of upstream', () => {
    expect(create('deployments.apps', workload).spec).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
      },
      template: { spec: { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst' } },
    });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no selector', { spec: { template } }, 'spec.selector: Required value'],
    [
      'a selector that misses the template',
      { spec: { ...workload.spec, selector: { matchLabels: { app: 'other' } } } },
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ],
    [
      'an empty selector',
      { spec: { ...workload.spec, selector: {} } },
      'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
    ],
    [
      'fewer than no replicas',
      { spec: { ...workload.spec, replicas: -1 } },
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'a rolling update that cannot move',
      {
        spec: {
          ...workload.spec,
          strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } },
        },
      },
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0',
    ],
    [
      'pods that run once',
      {
        spec: {
          ...workload.spec,
          template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } },
        },
      },
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
  ])('are refused with %s', (_what, object, want) => {
    expect(errors('deployments.apps', create('deployments.apps', object))).toContain(want);
  });

  it('keep their selector for life', () => {
    const old = create('deployments.apps', workload);
    const changed = structuredClone(old);
    (changed.spec as { selector: unknown }).selector = { matchLabels: { app: 'web', x: 'y' } };
    expect(errors('deployments.apps', changed, old)).toContain(
      'spec.selector: Invalid value: {"matchLabels":{"app":"web","x":"y"}}: field is immutable',
    );
  });

  it('are scaled through their view', () => {
    const deployment = create('deployments.apps', workload);
    deployment.status = { replicas: 1 };
    const info = RESOURCES.get('deployments.apps')!;
    expect(scaleOf(info, deployment)).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 1 },
      status: { replicas: 1, selector: 'app=web' },
    });
    const scaled = applyScale(info, deployment, { metadata: {}, spec: { replicas: 5 } });
    expect(scaled.spec).toEqual({ ...(deployment.spec as object), replicas: 5 });
  });
});

describe('services', () => {
  it('get the defaults of upstream', () => {
    expect(create('services', { spec: { ports: [{ port: 80 }] } }).spec).toEqual({
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    });
  });

  it('need names for several ports', () => {
    const service = create('services', { spec: { ports: [{ port: 80 }, { port: 81 }] } });
    expect(errors('services', service)).toEqual([
      'spec.ports[0].name: Required value',
      'spec.ports[1].name: Required value',
    ]);
  });

  it('keep their cluster IP', () => {
    const old = create('services', { spec: { clusterIP: '10.0.0.1', ports: [{ port: 80 }] } });
    const changed = create('services', { spec: { clusterIP: '10.0.0.2', ports: [{ port: 80 }] } });
    expect(errors('services', changed, old)).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set',
    ]);
  });
});

describe('secrets', () => {
  it('merge the write-only texts into their data', () => {
    const secret = create('secrets', { stringData: { a: 'é😀' }, data: { b: 'eA==' } });
    expect(secret).toMatchObject({
      type: 'Opaque',
      data: { a: Buffer.from('é😀').toString('base64'), b: 'eA==' },
    });
    expect(secret).not.toHaveProperty('stringData');
  });

  it.each([
    ['kubernetes.io/tls', 'data[tls.crt]: Required value'],
    ['kubernetes.io/ssh-auth', 'data[ssh-privatekey]: Required value'],
    ['kubernetes.io/basic-auth', 'data[username]: Required value'],
  ])('of type %s need their keys', (type, want) => {
    expect(errors('secrets', create('secrets', { type }))).toContain(want);
  });

  it('never repeat a bad content', () => {
    const data = { '.dockerconfigjson': Buffer.from('hunter2').toString('base64') };
    const found = errors(
      'secrets',
      create('secrets', { type: 'kubernetes.io/dockerconfigjson', data }),
    );
    expect(found).toHaveLength(1);
    expect(found[0]).not.toContain('hunter2');
  });
});

describe('secrets that are JSON or a pair of keys', () => {
  const DOCKER = 'kubernetes.io/dockerconfigjson';
  const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

  it.each([
    ['{"auths":{}}', null],
    ['null', null],
    ['hunter2', "invalid character 'h' looking for beginning of value"],
    ['\u00ff', "invalid character 'ÿ' looking for beginning of value"],
    ['{', 'unexpected end of JSON input'],
    ['[]', 'json: cannot unmarshal array into Go value of type map[string]interface {}'],
    ['1', 'json: cannot unmarshal number into Go value of type map[string]interface {}'],
  ])('%s: %s', (text, problem) => {
    const secret = create('secrets', { type: DOCKER, data: { '.dockerconfigjson': base64(text) } });
    const message = `data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": ${problem}`;
    expect(errors('secrets', secret)).toEqual(problem === null ? [] : [message]);
  });

  const block = (type: string): string => `-----BEGIN ${type}-----\nAAAA\n-----END ${type}-----\n`;
  const [CERTIFICATE, KEY] = [block('CERTIFICATE'), block('RSA PRIVATE KEY')];

  it.each<[certificate: string, key: string, ...warnings: string[]]>([
    [CERTIFICATE, block('EC PARAMETERS') + KEY],
    ['a', KEY, 'tls: failed to find any PEM data in certificate input'],
    [CERTIFICATE, 'a', 'tls: failed to find any PEM data in key input'],
    [
      KEY,
      CERTIFICATE,
      'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched',
    ],
    [
      CERTIFICATE,
      CERTIFICATE,
      'tls: found a certificate rather than a key in the PEM for the private key',
    ],
    [
      CERTIFICATE,
      block('A') + block('B'),
      'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [A B]',
    ],
  ])('%j and %j', (certificate, key, ...want) => {
    const data = { 'tls.crt': base64(certificate), 'tls.key': base64(key) };
    const secret = create('secrets', { type: 'kubernetes.io/tls', data });
    expect(errors('secrets', secret)).toEqual([]);
    expect(RESOURCES.get('secrets')!.strategy.warnings!(secret, null)).toEqual(want);
  });
});

describe('service accounts', () => {
  it('have the names of their secrets and nothing else of them', () => {
    const secrets = [{ name: 'a', namespace: 'elsewhere', uid: 'u' }];
    expect(create('serviceaccounts', { secrets })).toMatchObject({ secrets: [{ name: 'a' }] });
  });

  it('are warned about once when they restrict which secrets are mounted', () => {
    const { strategy } = RESOURCES.get('serviceaccounts')!;
    const annotations = { 'kubernetes.io/enforce-mountable-secrets': 'true' };
    const account = create('serviceaccounts', { metadata: { name: 'a', annotations } });
    expect(strategy.warnings!(account, null)).toEqual([
      'metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets',
    ]);
    expect(strategy.warnings!(account, account)).toEqual([]);
  });
});

describe('config maps', () => {
  it('are refused beyond a mebibyte', () => {
    const big = create('configmaps', { data: { a: 'x'.repeat(1024 * 1024 + 1) } });
    expect(errors('configmaps', big)).toEqual([': Too long: may not be more than 1048576 bytes']);
  });

  it('marked immutable do not change', () => {
    const old = create('configmaps', { data: { a: '1' }, immutable: true });
    const changed = create('configmaps', { data: { a: '2' }, immutable: true });
    expect(errors('configmaps', changed, old)).toEqual([
      'data: Forbidden: field is immutable when `immutable` is set',
    ]);
  });
});

describe('namespaces', () => {
  it('are born active, with the finalizer and the name label', () => {
    expect(create('namespaces', { metadata: { name: 'team' } })).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': 'team' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });

  it('stay until their finalizers are gone', () => {
    const { strategy } = RESOURCES.get('namespaces')!;
    const namespace = create('namespaces', { metadata: { name: 'team' } });
    expect(strategy.blocksRemoval!(namespace)).toBe(true);
    expect(strategy.blocksRemoval!({ ...namespace, spec: {} })).toBe(false);
  });
});

describe('namespaces that are written', () => {
  it('have finalizers that somebody can be asked about', () => {
    const bare = create('namespaces', { spec: { finalizers: ['mine'] } });
    expect(errors('namespaces', bare)).toEqual([
      'spec.finalizers: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ]);
  });

  it('have finalizers with names that are names', () => {
    const bare = create('namespaces', { spec: { finalizers: ['-'] } });
    expect(errors('namespaces', bare)).toEqual([
      expect.stringContaining('spec.finalizers: Invalid value: "-": name part must consist of'),
      'spec.finalizers: Invalid value: "-": name is neither a standard finalizer name nor is it fully qualified',
    ]);
  });

  it('are active until they are deleted', () => {
    const { status } = RESOURCES.get('namespaces')!.strategy.subresources!;
    const old = create('namespaces', {});
    expect(status!.validateUpdate!(old, old)).toEqual([]);
    expect(
      status!.validateUpdate!({ ...old, status: { phase: 'Terminating' } }, old),
    ).toMatchObject([{ field: 'status.Phase' }]);
  });
});

describe('nodes', () => {
  const features = (...declaredFeatures: string[]): string[] =>
    errors('nodes', create('nodes', { status: { declaredFeatures } }));

  it('declare features, each once and in order', () => {
    expect(features('A', 'B/c', 'D')).toEqual([]);
    expect(features('B', 'A', 'A')).toEqual([
      'status.declaredFeatures[1]: Invalid value: "A": list must be sorted alphabetically',
      'status.declaredFeatures[2]: Duplicate value: "A"',
    ]);
    expect(features('lower')).toEqual([
      expect.stringContaining(
        'invalid feature name "lower": must start with an UpperCamelCase segment',
      ),
    ]);
  });

  it('have swap or say nothing of it', () => {
    const node = create('nodes', { status: { nodeInfo: { swap: { capacity: 0 } } } });
    expect(errors('nodes', node)).toEqual([
      'metadata.nodeSwapStatus.capacity: Invalid value: 0: must be greater than zero',
    ]);
  });

  it('are not configured through the API, unless they have been', () => {
    const { strategy } = RESOURCES.get('nodes')!;
    const configured = () => ({
      metadata: { name: 'a' },
      spec: { configSource: {} },
      status: { config: {} },
    });
    expect(create('nodes', configured())).toMatchObject({ spec: {}, status: {} });
    const [draft, old] = [configured(), configured()];
    strategy.subresources!.status!.prepareForUpdate(draft, old, CONTEXT);
    expect(draft).toEqual(configured());
    strategy.prepareForUpdate!(draft, { metadata: { name: 'a' }, spec: {} }, CONTEXT);
    expect(draft.spec).toEqual({});
  });

  it('are warned about for blocks with more than a prefix', () => {
    const node = create('nodes', { spec: { podCIDRs: ['10.0.0.1/24'], externalID: 'x' } });
    expect(RESOURCES.get('nodes')!.strategy.warnings!(node, null)).toEqual([
      'spec.externalID: this field is deprecated, and is unused by Kubernetes',
      'spec.podCIDRs[0]: CIDR value "10.0.0.1/24" is ambiguous in this context (should be "10.0.0.0/24" or "10.0.0.1/32"?)',
    ]);
  });

  it('are refused with blocks of addresses that overlap in kind, and with parts of a pod', () => {
    const node = create('nodes', {
      spec: { podCIDRs: ['10.0.0.0/24', '10.0.1.0/24'] },
      status: { capacity: { pods: '500m' } },
    });
    expect(errors('nodes', node)).toEqual([
      'status.capacity.pods: Invalid value: "500m": must be an integer',
      'status.allocatable.pods: Invalid value: "500m": must be an integer',
      'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one CIDR for each IP family',
    ]);
  });

  it('are refused with a taint twice', () => {
    const taint = { key: 'a', effect: 'NoSchedule' };
    expect(errors('nodes', create('nodes', { spec: { taints: [taint, taint] } }))).toEqual([
      'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
    ]);
  });
});

describe('replication controllers', () => {
  it('take selector and labels from their template', () => {
    expect(create('replicationcontrollers', { spec: { template } })).toMatchObject({
      metadata: { labels: { app: 'web' } },
      spec: { replicas: 1, selector: { app: 'web' } },
    });
  });
});

describe('every served resource', () => {
  it.each([...RESOURCES.keys()])('%s sets its defaults once and for all', (resource) => {
    const object = create(resource, { spec: { ...workload.spec, ...template.spec } });
    const again = structuredClone(object);
    RESOURCES.get(resource)!.strategy.setDefaults?.(again);
    expect(again).toEqual(object);
  });

  it.each([...RESOURCES.keys()])('%s keeps status off its main endpoint', (resource) => {
    const { strategy } = RESOURCES.get(resource)!;
    if (strategy.subresources?.status === undefined) return;
    const old = { ...create(resource, workload), status: { phase: 'Active' } };
    const object = { ...structuredClone(old), status: { phase: 'Forged' } };
    strategy.prepareForUpdate!(object, old, CONTEXT);
    expect(object.status).toEqual(old.status);
  });
});
