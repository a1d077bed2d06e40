import type { Container, EphemeralContainer } from 'kubernetes-types/core/v1.js';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notFound,
  required,
} from '../../../../apimachinery/field-error.ts';
import {
  validateDNS1123Label,
  validatePortName,
  validatePortNumber,
} from '../../../../apimachinery/names.ts';
import { validateEnv, validateEnvFrom } from './validate-env.ts';
import { validateLifecycle, validateProbe } from './validate-probe.ts';
import { validateResources } from './validate-resources.ts';
import { oneOf } from '../one-of.ts';
import { validateLocalPath } from './validate-local-path.ts';

export interface ContainerContext {
  readonly list: 'containers' | 'initContainers' | 'ephemeralContainers';
  /** Names of the pod's volumes. */
  readonly volumes: ReadonlySet<string>;
  readonly hostNetwork: boolean;
}

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const MESSAGE_POLICIES = ['FallbackToLogsOnError', 'File'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

/** Validates one container of any list. */
export function validateContainer(
  container: Container | EphemeralContainer,
  path: string,
  context: ContainerContext,
): FieldError[] {
  const errors: FieldError[] = [];
  const { name, image } = container;
  if (!name) errors.push(required(`${path}.name`));
  else errors.push(...validateDNS1123Label(name).map((m) => invalid(`${path}.name`, name, m)));
  if (!image) errors.push(required(`${path}.image`));
  else if (image.trim() !== image) {
    const detail = 'must not have leading or trailing whitespace';
    errors.push(invalid(`${path}.image`, image, detail));
  }
  errors.push(
    ...oneOf(
      container.terminationMessagePolicy,
      MESSAGE_POLICIES,
      `${path}.terminationMessagePolicy`,
    ),
    ...validatePorts(container.ports ?? [], `${path}.ports`, context.hostNetwork),
    ...validateEnv(container.env ?? [], `${path}.env`),
    ...validateEnvFrom(container.envFrom ?? [], `${path}.envFrom`),
    ...validateMounts(container, `${path}.volumeMounts`, context.volumes),
    ...oneOf(container.imagePullPolicy, PULL_POLICIES, `${path}.imagePullPolicy`),
    ...validateResources(container.resources, `${path}.resources`),
    ...validateHooks(container, path, context),
  );
  return errors;
}

/** Probes and lifecycle: what runs to completion has none. */
function validateHooks(
  container: Container | EphemeralContainer,
  path: string,
  { list }: ContainerContext,
): FieldError[] {
  const errors: FieldError[] = [];
  const runsOn =
    list === 'containers' || (list === 'initContainers' && container.restartPolicy === 'Always');
  for (const field of [...PROBES, 'lifecycle'] as const) {
    if (container[field] === undefined || runsOn) continue;
    const detail =
      list === 'initContainers'
        ? 'may not be set for init containers without restartPolicy=Always'
        : 'cannot be set for an Ephemeral Container';
    errors.push(forbidden(`${path}.${field}`, detail));
  }
  if (!runsOn) return errors;
  for (const field of PROBES) {
    errors.push(...validateProbe(container[field], `${path}.${field}`, field));
  }
  errors.push(...validateLifecycle(container.lifecycle, `${path}.lifecycle`));
  return errors;
}

function validatePorts(
  ports: NonNullable<Container['ports']>,
  path: string,
  hostNetwork: boolean,
): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const at = `${path}[${i}]`;
    const errors: FieldError[] = [];
    const { name } = port;
    if (name) {
      const messages = validatePortName(name);
      errors.push(...messages.map((m) => invalid(`${at}.name`, name, m)));
      if (messages.length === 0) {
        if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
        names.add(name);
      }
    }
    if (!port.containerPort) errors.push(required(`${at}.containerPort`));
    else {
      const messages = validatePortNumber(port.containerPort);
      errors.push(...messages.map((m) => invalid(`${at}.containerPort`, port.containerPort, m)));
    }
    if (port.hostPort) {
      const messages = validatePortNumber(port.hostPort);
      errors.push(...messages.map((m) => invalid(`${at}.hostPort`, port.hostPort, m)));
      if (hostNetwork && port.hostPort !== port.containerPort) {
        errors.push(
          invalid(
            `${at}.hostPort`,
            port.hostPort,
            'must match `containerPort` when `hostNetwork` is true',
          ),
        );
      }
    }
    return [...errors, ...oneOf(port.protocol, PROTOCOLS, `${at}.protocol`)];
  });
}

function validateMounts(
  container: Container | EphemeralContainer,
  path: string,
  volumes: ReadonlySet<string>,
): FieldError[] {
  const paths = new Set<string>();
  return (container.volumeMounts ?? []).flatMap((mount, i) => {
    const at = `${path}[${i}]`;
    const errors: FieldError[] = [];
    if (!mount.name) errors.push(required(`${at}.name`));
    else if (!volumes.has(mount.name)) errors.push(notFound(`${at}.name`, mount.name));
    if (!mount.mountPath) errors.push(required(`${at}.mountPath`));
    if (paths.has(mount.mountPath)) {
      errors.push(invalid(`${at}.mountPath`, mount.mountPath, 'must be unique'));
    }
    paths.add(mount.mountPath);
    if (mount.subPath && mount.subPathExpr) {
      const detail = 'subPathExpr and subPath are mutually exclusive';
      errors.push(invalid(`${at}.subPathExpr`, mount.subPathExpr, detail));
    }
    for (const field of ['subPath', 'subPathExpr'] as const) {
      errors.push(...validateLocalPath(mount[field] ?? '', `${at}.${field}`));
    }
    return errors;
  });
}
