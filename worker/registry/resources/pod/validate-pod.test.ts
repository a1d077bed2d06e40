import { describe, expect, it } from 'vitest';
import {
  created,
  errorsOf,
  strategyOf,
  updated,
  withValue,
} from '../../../../test/strategy-harness.ts';
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

const IN_42 = { operator: 'In', values: [42] };

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
      serviceAccountName: 'robot',
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
      `${V}.projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set`,
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

  it('status lists one address of each family', () => {
    const status = withValue(old, 'status.podIPs', [{ ip: '10.0.0.1' }, { ip: '10.0.0.1' }]);
    expect(write('status', status, old)).toEqual([
      'status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.1"}]: may specify no more than one IP for each IP family',
    ]);
  });

  it('status keeps addresses that it has, and names no node for what is bound', () => {
    const bound = withValue(withValue(old, 'spec.nodeName', 'a'), 'status.podIPs', [{ ip: 'x' }]);
    expect(write('status', bound, bound)).toEqual([]);
    expect(write('status', withValue(bound, 'status.nominatedNodeName', 'b'), bound)).toEqual([
      'status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node',
    ]);
  });

  it('status is validated by its parts', () => {
    const claimed = withValue(old, 'spec.resourceClaims', [{ name: 'a', resourceClaimName: 'x' }]);
    const status = {
      observedGeneration: -1,
      conditions: [{ type: 'a b', observedGeneration: -2 }, { type: 'Ready' }],
      resourceClaimStatuses: [{ name: 'a', resourceClaimName: 'A' }],
      extendedResourceClaimStatus: {
        requestMappings: [
          { containerName: 'main', resourceName: 'x.io/y', requestName: 'r' },
          { containerName: 'none', resourceName: 'cpu', requestName: 'r' },
        ],
      },
      containerStatuses: [
        {
          name: 'main',
          user: { linux: { uid: -1 } },
          allocatedResourcesStatus: [
            { name: 'cpu', resources: [{ resourceID: 'a', health: 'Healthy', message: '' }] },
          ],
        },
      ],
    };
    const wrong = Object.entries(status).reduce(
      (pod, [name, value]) => withValue(pod, `status.${name}`, value),
      claimed,
    );
    expect(write('status', wrong, claimed)).toEqual([
      'status.conditions[0].observedGeneration: Invalid value: -2: must be a non-negative integer',
      expect.stringMatching(/^status.conditions\[0\].Type: Invalid value: "a b": name part must/),
      'status.observedGeneration: Invalid value: -1: must be a non-negative integer',
      expect.stringMatching(
        /^status.resourceClaimStatuses\[0\].resourceClaimName: Invalid value: "A"/,
      ),
      'status.extendedResourceClaimStatus.requestMappings[0].resourceName: Invalid value: "x.io/y": must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests',
      'status.extendedResourceClaimStatus.requestMappings[1].containerName: Invalid value: "none": must match the name of an entry in spec.initContainers.name or spec.containers.name',
      'status.extendedResourceClaimStatus.resourceClaimName: Required value',
      'status.containerStatuses[0].user.linux.uid: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      'status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].message: Required value: must be non-empty if specified',
    ]);
  });

  it.each([
    [{}, undefined, 1, false],
    [{ restartPolicy: 'OnFailure' }, undefined, 1, true],
    [{ restartPolicy: 'OnFailure' }, undefined, 0, false],
    [{ restartPolicy: 'Never' }, [{ action: 'Restart', exitCodes: IN_42 }], 42, true],
    [{ restartPolicy: 'Never' }, [{ action: 'Restart', exitCodes: IN_42 }], 1, false],
    [{ restartPolicy: 'Never' }, [{ action: 'RestartAllContainers', exitCodes: IN_42 }], 1, true],
  ])('a container with %j and %j that ended with %d may run again: %s', (own, rules, code, may) => {
    const pod = withValue(POD, 'spec.restartPolicy', 'Never');
    const container = { ...POD.spec.containers[0], ...own, restartPolicyRules: rules };
    const over = withValue(
      created('pods', withValue(pod, C, JSON.parse(JSON.stringify(container)))),
      'status.containerStatuses',
      [{ name: 'main', state: { terminated: { exitCode: code } } }],
    );
    const again = withValue(over, 'status.containerStatuses.0.state', { running: {} });
    expect(write('status', again, over)).toEqual(
      may
        ? []
        : [
            'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
          ],
    );
  });

  const sized = (cpu: string): object => {
    const amounts = { cpu, memory: '8Gi' };
    return { limits: amounts, requests: amounts };
  };
  const init = { name: 'init', image: 'a', resources: sized('1') };
  const resizable = created('pods', withValue(POD, 'spec.initContainers', [init]));
  const I = 'spec.initContainers.0';

  it.each([
    [`${I}.resources`, sized('2')],
    [
      `${I}.image`,
      'b',
      'spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar containers are mutable',
    ],
    [
      `${C}.resizePolicy`,
      [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
      'spec: Forbidden: only cpu and memory resources are mutable',
    ],
    [
      'spec.initContainers',
      [],
      'spec.initContainers: Forbidden: initContainers may not be added or removed on resize',
    ],
    [
      `${C}.name`,
      'other',
      'spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize',
    ],
  ])('resize with %s %j', (path, value, ...errors) => {
    expect(write('resize', withValue(resizable, path, value), resizable)).toEqual(errors);
  });

  it('resize takes no pod-level resources away', () => {
    const pod = created('pods', withValue(POD, 'spec.resources', sized('4')));
    const { resources: _resources, ...spec } = pod.spec as Record<string, unknown>;
    expect(write('resize', withValue(pod, 'spec', spec), pod)).toEqual([
      'spec.resources: Forbidden: pod-level resources cannot be removed',
    ]);
    expect(write('resize', withValue(pod, 'spec.resources', sized('5')), pod)).toEqual([]);
    const paged = { ...sized('4') } as { limits: object; requests: object };
    for (const list of ['limits', 'requests'] as const) {
      paged[list] = { ...paged[list], 'hugepages-2Mi': '2Mi' };
    }
    expect(write('resize', withValue(pod, 'spec.resources', paged), pod)).toEqual([
      'spec: Forbidden: only cpu and memory resources are mutable at pod-level',
    ]);
    const less = { ...sized('4'), limits: { memory: '8Gi' } };
    expect(write('resize', withValue(pod, 'spec.resources', less), pod)).toContainEqual(
      'spec.resources.limits: Forbidden: pod-level resource limits cannot be removed',
    );
  });
});

describe('what v1.36 added to pods', () => {
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
