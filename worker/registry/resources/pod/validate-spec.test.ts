import { describe, expect, it } from 'vitest';
import { C, errorsWith, IN_42, POD } from '../../../../test/pod-sample.ts';
import { created, errorsOf, strategyOf } from '../../../../test/strategy-harness.ts';

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
      serviceAccountName: 'robot',
    },
  });
  expect(errorsOf('pods', pod)).toEqual([]);
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
      'spec.tolerations[0].operator: Unsupported value: "Lt": supported values: "Equal", "Exists", "Lt", "Gt"',
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

it('addresses that could be read otherwise are warned about', () => {
  const pod = created('pods', {
    metadata: { name: 'web' },
    spec: {
      containers: [{ name: 'main', image: 'a' }],
      dnsConfig: { nameservers: ['FD00::1'] },
      hostAliases: [{ ip: '10.0.0.1' }, { ip: 'fd00:0::1' }],
    },
  });
  expect(strategyOf('pods').warnings?.(pod, null)).toEqual([
    'spec.dnsConfig.nameservers[0]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")',
    'spec.hostAliases[1].ip: IPv6 address "fd00:0::1" should be in RFC 5952 canonical format ("fd00::1")',
  ]);
});

describe('newer fields', () => {
  const filed = { volumeName: 'data', path: 'a', key: 'A' };
  it.each<[path: string, value: unknown, ...errors: string[]]>([
    ['spec.hostnameOverride', 'web.example'],
    [
      'spec',
      { ...POD.spec, hostnameOverride: `${'a'.repeat(64)}B`, setHostnameAsFQDN: true },
      'spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true',
      'spec.hostnameOverride: Too long: may not be more than 64 bytes',
      expect.stringMatching(/^spec.hostnameOverride: Invalid value: "a+B": a lowercase RFC 1123/),
    ],
    [`${C}.env`, [{ name: 'A', valueFrom: { fileKeyRef: filed } }]],
    [
      `${C}.env`,
      [{ name: 'A', valueFrom: { fileKeyRef: { ...filed, volumeName: 'none' } } }],
      'spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Not found: "none"',
    ],
    [
      'spec.initContainers',
      [
        {
          name: 'i',
          image: 'a',
          resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }],
        },
      ],
      `spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: "RestartContainer": must not be set to 'RestartContainer' for non-sidecar initContainers`,
    ],
    [
      'spec',
      {
        ...POD.spec,
        hostUsers: false,
        hostNetwork: true,
        containers: [
          { name: 'a', image: 'a', volumeDevices: [{ name: 'disk', devicePath: '/dev/a' }] },
        ],
        volumes: [{ name: 'disk', persistentVolumeClaim: { claimName: 'c' } }],
      },
      'spec.hostNetwork: Forbidden: when `hostUsers` is false',
      'spec.containers[0].volumeDevices: Forbidden: when `hostUsers` is false',
    ],
    [
      C,
      {
        ...POD.spec.containers[0],
        restartPolicy: 'Never',
        restartPolicyRules: [{ action: 'Stop', exitCodes: IN_42 }],
      },
      'spec.containers[0].restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart", "RestartAllContainers"',
    ],
    [
      'spec.resources',
      { requests: { cpu: '500m' }, limits: { memory: '1Gi' } },
      'spec.resources.requests[cpu]: Invalid value: "500m": must be greater than or equal to aggregate container requests of 1',
    ],
    [
      'spec.topologySpreadConstraints',
      [
        {
          maxSkew: 1,
          topologyKey: 'a',
          whenUnsatisfiable: 'DoNotSchedule',
          matchLabelKeys: ['app'],
          labelSelector: { matchLabels: { app: 'web' } },
        },
      ],
      'spec.topologySpreadConstraints[0][0]: Invalid value: "app": exists in both matchLabelKeys and labelSelector',
    ],
    [
      'spec.volumes',
      [
        ...POD.spec.volumes,
        { name: 't', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
      ],
      'spec.volumes[1].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set',
    ],
  ])('%s %j', (path, value, ...errors) => {
    expect(errorsWith(path, value)).toEqual(errors);
  });
});
