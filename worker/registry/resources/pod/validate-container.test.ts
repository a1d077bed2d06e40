import { describe, expect, it } from 'vitest';
import { C, CONTAINER, errorsWith } from '../../../../test/pod-sample.ts';

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
