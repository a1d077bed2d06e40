import { describe, expect, it } from 'vitest';
import { created, errorsOf, updated, withValue } from '../../../../test/strategy-harness.ts';
import type { KubernetesObject } from '../../../../apimachinery/meta.ts';

const POD = {
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    containers: [
      {
        name: 'main',
        image: 'nginx:1.27',
        ports: [{ name: 'http', containerPort: 80 }],
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
        resources: { limits: { cpu: '1', memory: '1Gi' } },
      },
    ],
    volumes: [{ name: 'data', emptyDir: {} }],
  },
};

const errorsWith = (path: string, value: unknown): string[] =>
  errorsOf('pods', created('pods', withValue(POD, path, value)));

it('a pod with a little of everything is valid', () => {
  const pod = created('pods', {
    metadata: { name: 'web', labels: { app: 'web' }, annotations: { note: 'x' } },
    spec: {
      initContainers: [
        { name: 'init', image: 'a', command: ['true'] },
        {
          name: 'proxy',
          image: 'a',
          restartPolicy: 'Always',
          startupProbe: { tcpSocket: { port: 1 } },
        },
      ],
      containers: [
        {
          name: 'main',
          image: 'nginx:1.27',
          ports: [
            { name: 'http', containerPort: 80 },
            { name: 'dns', containerPort: 53, protocol: 'UDP', hostPort: 53, hostIP: '10.0.0.1' },
          ],
          env: [
            { name: 'A', value: 'x' },
            { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
            { name: 'S', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
            { name: 'L', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
          ],
          envFrom: [{ prefix: 'P_', secretRef: { name: 's' } }],
          volumeMounts: [
            { name: 'data', mountPath: '/data' },
            { name: 'all', mountPath: '/all', readOnly: true, recursiveReadOnly: 'IfPossible' },
          ],
          volumeDevices: [{ name: 'claim', devicePath: '/dev/x' }],
          livenessProbe: { httpGet: { port: 'http', path: '/' }, terminationGracePeriodSeconds: 5 },
          readinessProbe: { grpc: { port: 9000 } },
          lifecycle: { preStop: { sleep: { seconds: 5 } } },
          resources: { limits: { cpu: '1', memory: '1Gi', 'hugepages-2Mi': '4Mi' } },
          securityContext: {
            capabilities: { drop: ['ALL'] },
            allowPrivilegeEscalation: false,
            seccompProfile: { type: 'RuntimeDefault' },
            appArmorProfile: { type: 'Localhost', localhostProfile: 'p' },
          },
        },
      ],
      volumes: [
        { name: 'data', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
        { name: 'claim', persistentVolumeClaim: { claimName: 'c' } },
        {
          name: 'all',
          projected: {
            sources: [
              { secret: { name: 's', items: [{ key: 'a', path: 'a' }] } },
              { configMap: { name: 's', items: [{ key: 'a', path: 'b' }] } },
              { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
              {
                downwardAPI: {
                  items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }],
                },
              },
            ],
          },
        },
        {
          name: 'scratch',
          ephemeral: {
            volumeClaimTemplate: {
              spec: {
                accessModes: ['ReadWriteOnce'],
                resources: { requests: { storage: '1Gi' } },
              },
            },
          },
        },
        { name: 'img', image: { reference: 'a/b:c' } },
      ],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              {
                matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }],
                matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }],
              },
            ],
          },
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, preference: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } },
          ],
        },
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 100,
              podAffinityTerm: {
                topologyKey: 'zone',
                labelSelector: { matchLabels: { app: 'web' } },
                namespaceSelector: {},
              },
            },
          ],
        },
      },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'zone',
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { app: 'web' } },
          minDomains: 2,
        },
      ],
      tolerations: [{ key: 'a', operator: 'Equal', value: 'b', effect: 'NoSchedule' }],
      schedulingGates: [{ name: 'example.com/wait' }],
      readinessGates: [{ conditionType: 'example.com/ready' }],
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['10.0.0.10'], searches: ['a.b', '.'], options: [{ name: 'x' }] },
      hostname: 'web',
      subdomain: 'web',
      securityContext: {
        runAsUser: 1,
        fsGroup: 2,
        fsGroupChangePolicy: 'OnRootMismatch',
        supplementalGroups: [3],
        sysctls: [{ name: 'net.core.somaxconn', value: '1' }],
      },
      overhead: { cpu: '10m' },
      os: { name: 'linux' },
      runtimeClassName: 'gvisor',
      priorityClassName: 'high',
      preemptionPolicy: 'Never',
      resourceClaims: [{ name: 'gpu', resourceClaimName: 'my-gpu' }],
      imagePullSecrets: [{ name: 'pull' }],
    },
  });
  expect(errorsOf('pods', pod)).toEqual([]);
});

const C = 'spec.containers.0';
const CONTAINER = 'spec.containers[0]';

describe('containers', () => {
  it.each<[path: string, value: unknown, ...errors: string[]]>([
    [
      `${C}.ports`,
      [
        { containerPort: 80, hostPort: 8080 },
        { containerPort: 81, hostPort: 8080 },
      ],
      `${CONTAINER}.ports[1].hostPort: Duplicate value: "TCP//8080"`,
    ],
    [
      `${C}.ports.0.name`,
      'HTTP',
      `${CONTAINER}.ports[0].name: Invalid value: "HTTP": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)`,
      `${CONTAINER}.ports[0].name: Invalid value: "HTTP": must contain at least one letter (a-z)`,
    ],
    [
      `${C}.ports.0.protocol`,
      'ICMP',
      `${CONTAINER}.ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"`,
    ],
    [
      `${C}.image`,
      ' a',
      `${CONTAINER}.image: Invalid value: " a": must not have leading or trailing whitespace`,
    ],
    [
      `${C}.imagePullPolicy`,
      'Later',
      `${CONTAINER}.imagePullPolicy: Unsupported value: "Later": supported values: "Always", "IfNotPresent", "Never"`,
    ],
    [
      `${C}.terminationMessagePolicy`,
      'Shout',
      `${CONTAINER}.terminationMessagePolicy: Unsupported value: "Shout": supported values: "File", "FallbackToLogsOnError"`,
    ],
    [
      `${C}.volumeMounts`,
      [
        { name: 'data', mountPath: '/a' },
        { name: 'data', mountPath: '/a' },
      ],
      `${CONTAINER}.volumeMounts[1].mountPath: Invalid value: "/a": must be unique`,
    ],
    [
      `${C}.volumeMounts.0.subPath`,
      '../a',
      `${CONTAINER}.volumeMounts.subPath: Invalid value: "../a": must not contain '..'`,
    ],
    [
      `${C}.env`,
      [{ name: 'A=B', value: 'x' }],
      `${CONTAINER}.env[0].name: Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII characters other than '='`,
    ],
    [
      `${C}.env`,
      [{ name: 'A', valueFrom: {} }],
      `${CONTAINER}.env[0].valueFrom: Invalid value: "": must specify one of: \`fieldRef\`, \`resourceFieldRef\`, \`configMapKeyRef\`, \`secretKeyRef\` or \`fileKeyRef\``,
    ],
    [
      `${C}.resources.limits`,
      { memory: '-1' },
      `${CONTAINER}.resources.limits[memory]: Invalid value: "-1": must be greater than or equal to 0`,
      `${CONTAINER}.resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0`,
    ],
    [
      `${C}.resources`,
      { limits: { 'example.com/gpu': '2' }, requests: { 'example.com/gpu': '1' } },
      `${CONTAINER}.resources.requests: Invalid value: "1": must be equal to example.com/gpu limit of 2`,
    ],
    [
      `${C}.resources`,
      { limits: { 'hugepages-2Mi': '2Mi' } },
      `${CONTAINER}.resources: Forbidden: HugePages require cpu or memory`,
    ],
    [
      `${C}.resources.limits`,
      { disk: '1' },
      `${CONTAINER}.resources.limits[disk]: Invalid value: "disk": must be a standard resource type or fully qualified`,
      `${CONTAINER}.resources.limits[disk]: Invalid value: "disk": must be a standard resource for containers`,
      `${CONTAINER}.resources.requests[disk]: Invalid value: "disk": must be a standard resource type or fully qualified`,
      `${CONTAINER}.resources.requests[disk]: Invalid value: "disk": must be a standard resource for containers`,
    ],
    [
      `${C}.securityContext`,
      { privileged: true, allowPrivilegeEscalation: false },
      `${CONTAINER}.securityContext: Invalid value: {"Capabilities":null,"Privileged":true,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}: cannot set \`allowPrivilegeEscalation\` to false and \`privileged\` to true`,
    ],
    [
      `${C}.livenessProbe`,
      { httpGet: { port: 80 }, successThreshold: 2 },
      `${CONTAINER}.livenessProbe.successThreshold: Invalid value: 2: must be 1`,
    ],
    [
      `${C}.readinessProbe`,
      { tcpSocket: { port: 0 }, exec: { command: ['a'] } },
      `${CONTAINER}.readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type`,
    ],
    [
      `${C}.lifecycle`,
      { preStop: { sleep: { seconds: 60 } } },
      `${CONTAINER}.lifecycle.preStop.sleep: Invalid value: 60: must be non-negative and less than terminationGracePeriodSeconds (30)`,
    ],
    [
      'spec.initContainers',
      [{ name: 'i', image: 'a', readinessProbe: { tcpSocket: { port: 1 } } }],
      'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
    [
      'spec.initContainers',
      [{ name: 'i', image: 'a', restartPolicy: 'Sometimes' }],
      'spec.initContainers[0].restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure"',
    ],
    [
      'spec.ephemeralContainers',
      [{ name: 'e', image: 'a' }],
      'spec.ephemeralContainers: Forbidden: cannot be set on create',
    ],
  ])('%s %j', (path, value, ...errors) => {
    expect(errorsWith(path, value)).toEqual(errors);
  });
});

describe('volumes', () => {
  const V = 'spec.volumes[0]';
  it.each<[source: object, ...errors: string[]]>([
    [{ hostPath: { path: '' } }, `${V}.hostPath.path: Required value`],
    [
      { hostPath: { path: '/a', type: 'Folder' } },
      `${V}.hostPath.type: Unsupported value: "Folder": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"`,
    ],
    [
      { hostPath: { path: '/a/../b' } },
      `${V}.hostPath.path: Invalid value: "/a/../b": must not contain '..'`,
    ],
    [{ secret: {} }, `${V}.secret.secretName: Required value`],
    [
      { secret: { secretName: 's', defaultMode: 1000 } },
      `${V}.secret.defaultMode: Invalid value: 1000: must be a number between 0 and 0777 (octal), both inclusive`,
    ],
    [
      { configMap: { name: 'c', items: [{ key: 'k', path: '/abs' }] } },
      `${V}.configMap.items[0].path: Invalid value: "/abs": must be a relative path`,
    ],
    [
      { nfs: { server: 's', path: 'rel' } },
      `${V}.nfs.path: Invalid value: "rel": must be an absolute path`,
    ],
    [
      { persistentVolumeClaim: { claimName: '' } },
      `${V}.persistentVolumeClaim.claimName: Required value`,
    ],
    [
      { csi: { driver: 'a_b!' } },
      `${V}.csi.driver: Invalid value: "a_b!": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
    ],
    [
      {
        projected: {
          sources: [
            { secret: { name: 'a', items: [{ key: 'k', path: 'p' }] } },
            { configMap: { name: 'b', items: [{ key: 'k', path: 'p' }] } },
          ],
        },
      },
      `${V}.projected: Invalid value: "b": conflicting duplicate paths`,
    ],
    [
      { projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 1 } }] } },
      `${V}.projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes`,
    ],
    [
      { downwardAPI: { items: [{ path: 'a', fieldRef: { fieldPath: 'spec.nodeName' } }] } },
      `${V}.downwardAPI.fieldRef.fieldPath: Unsupported value: "spec.nodeName": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"`,
    ],
    [{ ephemeral: {} }, `${V}.ephemeral.volumeClaimTemplate: Required value`],
    [{ image: { pullPolicy: 'Always' } }, `${V}.image.reference: Required value`],
  ])('%j', (source, ...errors) => {
    const pod = withValue(POD, `${C}.volumeMounts`, []);
    const sent = withValue(pod, 'spec.volumes', [{ name: 'v', ...source }]);
    expect(errorsOf('pods', created('pods', sent))).toEqual(errors);
  });

  it('have names of their own', () => {
    const volumes = [
      { name: 'data', emptyDir: {} },
      { name: 'data', emptyDir: {} },
    ];
    expect(errorsWith('spec.volumes', volumes)).toEqual([
      'spec.volumes[1].name: Duplicate value: "data"',
    ]);
  });
});

describe('the rest of the spec', () => {
  it.each<[path: string, value: unknown, ...errors: string[]]>([
    [
      'spec.dnsPolicy',
      'None',
      'spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None',
    ],
    [
      'spec.activeDeadlineSeconds',
      0,
      'spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive',
    ],
    [
      'spec.nodeSelector',
      { 'a b': 'c' },
      `spec.nodeSelector: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
    [
      'spec.tolerations',
      [{ operator: 'Equal', value: 'a' }],
      'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
    [
      'spec.tolerations',
      [{ key: 'a', operator: 'Lt', value: '5' }],
      'spec.tolerations[0].operator: Unsupported value: "Lt": supported values: "Equal", "Exists"',
    ],
    [
      'spec.tolerations',
      [{ key: 'a', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 5 }],
      `spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be 'NoExecute' when \`tolerationSeconds\` is set`,
    ],
    [
      'spec.affinity',
      { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} } },
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
    ],
    [
      'spec.affinity',
      { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{}] } },
      'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty',
      `spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "": name part must be non-empty`,
      `spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
    [
      'spec.topologySpreadConstraints',
      [{ maxSkew: 0, topologyKey: 'zone', whenUnsatisfiable: 'Maybe' }],
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Maybe": supported values: "DoNotSchedule", "ScheduleAnyway"',
    ],
    [
      'spec.schedulingGates',
      [{ name: 'a' }, { name: 'a' }],
      'spec.schedulingGates[1]: Duplicate value: "a"',
    ],
    [
      'spec.preemptionPolicy',
      'Maybe',
      'spec.preemptionPolicy: Unsupported value: "Maybe": supported values: "PreemptLowerPriority", "Never"',
    ],
    [
      'spec.securityContext',
      { fsGroup: -1 },
      'spec.securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive',
    ],
    [
      'spec.os',
      { name: 'plan9' },
      'spec.os: Unsupported value: "plan9": supported values: "linux", "windows"',
    ],
    [
      'spec.hostname',
      'Web',
      `spec.hostname: Invalid value: "Web": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
    ],
  ])('%s %j', (path, value, ...errors) => {
    expect(errorsWith(path, value)).toEqual(errors);
  });
});

describe('an update', () => {
  const change = (path: string, value: unknown, from: object = POD): string[] => {
    const old = created('pods', from as { metadata: object });
    return errorsOf('pods', updated('pods', withValue(old, path, value), old), old);
  };

  it('takes scheduling gates away, and adds none', () => {
    const gated = withValue(POD, 'spec.schedulingGates', [{ name: 'a' }]);
    expect(change('spec.schedulingGates', [], gated)).toEqual([]);
    expect(change('spec.schedulingGates', [{ name: 'b' }])).toEqual([
      "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'b'",
    ]);
  });

  it('narrows the node selector of a gated pod', () => {
    const gated = withValue(POD, 'spec.schedulingGates', [{ name: 'a' }]);
    expect(change('spec.nodeSelector', { a: 'b' }, gated)).toEqual([]);
    expect(change('spec.nodeSelector', { a: 'b' })).toHaveLength(1);
  });

  it('keeps tolerations', () => {
    const tolerant = withValue(POD, 'spec.tolerations', [{ key: 'a', operator: 'Exists' }]);
    expect(change('spec.tolerations', [], tolerant)).toContainEqual(
      expect.stringMatching(
        /^spec.tolerations: Forbidden: existing toleration can not be modified/,
      ),
    );
  });

  it('keeps resources, which the resize subresource changes', () => {
    const path = `${C}.resources.limits.cpu`;
    expect(change(path, '2')).toEqual([
      expect.stringMatching(/^spec: Forbidden: pod updates may not change fields other than /),
    ]);
  });
});

describe('subresources', () => {
  const write = (subresource: string, object: KubernetesObject, old: KubernetesObject): string[] =>
    errorsOf('pods', object, old, subresource);
  const old = created('pods', POD);

  it('resize changes cpu and memory', () => {
    const twice = { cpu: '2', memory: '1Gi' };
    const resources = { limits: twice, requests: twice };
    expect(write('resize', withValue(old, `${C}.resources`, resources), old)).toEqual([]);
    expect(write('resize', withValue(old, `${C}.resources`, {}), old)).not.toEqual([]);
    expect(write('resize', withValue(old, `${C}.image`, 'x'), old)).toEqual([
      expect.stringMatching(/^spec: Forbidden: only cpu and memory resources are mutable/),
    ]);
  });

  it('ephemeralcontainers adds containers and changes none', () => {
    const one = { name: 'debug', image: 'busybox' };
    const first = updated('pods', withValue(old, 'spec.ephemeralContainers', [one]), old);
    expect(write('ephemeralcontainers', first, old)).toEqual([]);
    const other = withValue(first, 'spec.ephemeralContainers.0.image', 'x');
    expect(write('ephemeralcontainers', other, first)).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be changed\n',
    ]);
    expect(write('ephemeralcontainers', old, first)).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be removed\n',
    ]);
  });

  it('status names a node once, and lists addresses once', () => {
    const status = withValue(old, 'status.podIPs', [{ ip: '10.0.0.1' }, { ip: '10.0.0.1' }]);
    expect(write('status', status, old)).toEqual([
      'status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.1"}]: may specify no more than one IP for each IP family',
      'status.podIPs[1]: Duplicate value: {"IP":"10.0.0.1"}',
    ]);
  });
});
