import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
  tooMany,
} from '../../../../apimachinery/field-error.ts';
import {
  validateDNS1123Label,
  validatePortName,
  validatePortNumber,
} from '../../../../apimachinery/names.ts';
import { oneOf } from '../one-of.ts';
import type { ContainerFields, PodContext, PodFields, RestartRule } from './fields.ts';
import { validateEnv, validateEnvFrom } from './validate-env.ts';
import { validateMounts } from './validate-mounts.ts';
import { validateContainerResources } from './validate-resources.ts';
import { validateContainerSecurity } from './validate-security.ts';
import { validatePullPolicy, type Volumes } from './validate-volumes.ts';

/** What the rules of a container have to know of its pod. */
export interface ContainerContext extends PodContext {
  readonly spec: PodFields;
  readonly volumes: Volumes;
  /** Names of the pod's resource claims. */
  readonly claims: ReadonlySet<string>;
}

const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const RESIZED = ['cpu', 'memory'];
const RESIZE_POLICIES = ['NotRequired', 'RestartContainer'];
const RESTART_POLICIES = ['Always', 'Never', 'OnFailure'];
const RESTART_ACTIONS = ['Restart', 'RestartAllContainers'];
const MAX_RESTART_RULES = 20;
const MAX_EXIT_CODES = 255;

/** The rules that all containers have in common (validateContainerCommon). */
export function validateContainerCommon(
  container: ContainerFields,
  path: string,
  context: ContainerContext,
): FieldError[] {
  const { name = '', image } = container as Partial<ContainerFields>;
  const { spec } = context;
  return [
    ...(name === ''
      ? [required(`${path}.name`)]
      : validateDNS1123Label(name).map((m) => invalid(`${path}.name`, name, m))),
    ...(image ? [] : [required(`${path}.image`)]),
    ...oneOf(
      container.terminationMessagePolicy,
      MESSAGE_POLICIES,
      `${path}.terminationMessagePolicy`,
    ),
    ...validatePorts(container.ports ?? [], `${path}.ports`),
    ...validateEnv(container.env ?? [], `${path}.env`),
    ...validateEnvFrom(container.envFrom ?? [], `${path}.envFrom`),
    ...validateMounts(container, path, context.volumes),
    ...validatePullPolicy(container.imagePullPolicy ?? '', `${path}.imagePullPolicy`),
    ...validateContainerResources(container.resources, context.claims, `${path}.resources`),
    ...validateResizePolicy(container, spec, `${path}.resizePolicy`),
    ...validateContainerSecurity(
      container.securityContext,
      `${path}.securityContext`,
      spec.hostUsers !== false,
    ),
  ];
}

/** What only a pod's own containers obey: in templates, images like `" "` stand for others. */
export function validateImageTrimmed(container: ContainerFields, path: string): FieldError[] {
  const image = container.image ?? '';
  const detail = 'must not have leading or trailing whitespace';
  return image.trim() === image ? [] : [invalid(`${path}.image`, image, detail)];
}

type Port = Partial<NonNullable<ContainerFields['ports']>[number]>;

function validatePorts(ports: readonly Port[], path: string): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const at = `${path}[${i}]`;
    const errors: FieldError[] = [];
    const { name, containerPort, hostPort } = port;
    if (name) {
      const messages = validatePortName(name);
      errors.push(...messages.map((m) => invalid(`${at}.name`, name, m)));
      if (messages.length === 0) {
        if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
        names.add(name);
      }
    }
    const number = (value: number, field: string): FieldError[] =>
      validatePortNumber(value).map((m) => invalid(`${at}.${field}`, value, m));
    errors.push(
      ...(containerPort
        ? number(containerPort, 'containerPort')
        : [required(`${at}.containerPort`)]),
    );
    if (hostPort) errors.push(...number(hostPort, 'hostPort'));
    return [...errors, ...oneOf(port.protocol, PROTOCOLS, `${at}.protocol`)];
  });
}

/** No two of the containers take the same port of the host. `path` is that of their list. */
export function validateHostPorts(
  containers: readonly ContainerFields[],
  path: string,
): FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap((container, i) =>
    (container.ports ?? []).flatMap((port, j) => {
      if (!port.hostPort) return [];
      const key = `${port.protocol ?? ''}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (taken.has(key)) return [duplicate(`${path}[${i}].ports[${j}].hostPort`, key)];
      taken.add(key);
      return [];
    }),
  );
}

function validateResizePolicy(
  container: ContainerFields,
  spec: PodFields,
  path: string,
): FieldError[] {
  const seen = new Set<string>();
  return (container.resizePolicy ?? []).flatMap(
    ({ resourceName = '', restartPolicy = '' }: Partial<ResizePolicy>, i) => {
      const errors: FieldError[] = [];
      if (seen.has(resourceName)) errors.push(duplicate(`${path}[${i}]`, resourceName));
      seen.add(resourceName);
      errors.push(
        ...oneOf(resourceName, RESIZED, path),
        ...oneOf(restartPolicy, RESIZE_POLICIES, path),
      );
      if (spec.restartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
        const detail = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
        errors.push(invalid(path, restartPolicy, detail));
      }
      return errors;
    },
  );
}

type ResizePolicy = NonNullable<ContainerFields['resizePolicy']>[number];

/** When a container restarts, where it differs from its pod (KEP-5307). */
export function validateRestartPolicy(container: ContainerFields, path: string): FieldError[] {
  const { restartPolicy, restartPolicyRules: rules = [] } = container;
  const errors: FieldError[] = [];
  const field = `${path}.restartPolicy`;
  if (restartPolicy === undefined) {
    if (rules.length > 0) {
      const detail = 'must specify restartPolicy when restart rules are used';
      errors.push(required(field, detail));
    }
  } else if (!RESTART_POLICIES.includes(restartPolicy)) {
    errors.push(notSupported(field, restartPolicy, RESTART_POLICIES));
  }
  if (rules.length > MAX_RESTART_RULES) {
    errors.push(tooMany(`${path}.restartPolicyRules`, rules.length, MAX_RESTART_RULES));
  }
  return [
    ...errors,
    ...rules.flatMap((rule, i) => validateRestartRule(rule, `${path}.restartPolicyRules[${i}]`)),
  ];
}

function validateRestartRule({ action = '', exitCodes }: RestartRule, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!RESTART_ACTIONS.includes(action)) {
    errors.push(notSupported(`${path}.action`, action, RESTART_ACTIONS));
  }
  if (exitCodes === undefined) {
    return [...errors, required(`${path}.exitCodes`, 'must be specified')];
  }
  const { operator = '' } = exitCodes;
  const values = exitCodes.values ?? [];
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(notSupported(`${path}.exitCodes.operator`, operator, ['In', 'NotIn']));
  }
  if (values.length > MAX_EXIT_CODES) {
    errors.push(tooMany(`${path}.exitCodes.values`, values.length, MAX_EXIT_CODES));
  }
  return errors;
}

/** Fields that an ephemeral container has; any other is for services that have to last. */
const EPHEMERAL_FIELDS = new Set([
  'name',
  'image',
  'command',
  'args',
  'workingDir',
  'envFrom',
  'env',
  'volumeMounts',
  'volumeDevices',
  'terminationMessagePath',
  'terminationMessagePolicy',
  'imagePullPolicy',
  'securityContext',
  'stdin',
  'stdinOnce',
  'tty',
  'targetContainerName',
]);

/** Whether a field is set, as a Go struct would have it. */
function isSet(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

export function validateEphemeralFields(container: ContainerFields, path: string): FieldError[] {
  const detail = 'cannot be set for an Ephemeral Container';
  const errors = Object.entries(container).flatMap(([name, value]) =>
    EPHEMERAL_FIELDS.has(name) || !isSet(value) ? [] : [forbidden(`${path}.${name}`, detail)],
  );
  container.volumeMounts?.forEach((mount, i) => {
    for (const name of ['subPath', 'subPathExpr'] as const) {
      if (mount[name]) errors.push(forbidden(`${path}.volumeMounts[${i}].${name}`, detail));
    }
  });
  return errors;
}
