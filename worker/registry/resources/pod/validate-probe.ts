import type {
  HTTPGetAction,
  Lifecycle,
  LifecycleHandler,
  Probe,
} from 'kubernetes-types/core/v1.js';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../../apimachinery/field-error.ts';
import {
  validateHTTPHeaderName,
  validatePortName,
  validatePortNumber,
} from '../../../../apimachinery/names.ts';
import { notNegative } from '../workload.ts';
import type { ContainerFields } from './fields.ts';

export const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

const COUNTERS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> &
  Pick<LifecycleHandler, 'sleep'>;

/** Probes and hooks of a container that keeps running; `graceSeconds` are its pod's. */
export function validateHooks(
  container: ContainerFields,
  path: string,
  graceSeconds: number | undefined,
): FieldError[] {
  return [
    ...validateLifecycle(container.lifecycle, `${path}.lifecycle`, graceSeconds),
    ...PROBES.flatMap((name) => {
      const probe = container[name];
      return probe === undefined ? [] : validateProbe(probe, `${path}.${name}`, name);
    }),
  ];
}

function validateProbe(probe: Probe, path: string, name: (typeof PROBES)[number]): FieldError[] {
  const { sleep: _sleep, ...handler } = probe as Probe & Handler;
  const errors = validateHandler(handler, path, undefined);
  for (const counter of COUNTERS) {
    errors.push(...notNegative(probe[counter], `${path}.${counter}`));
  }
  const grace = probe.terminationGracePeriodSeconds;
  const field = `${path}.terminationGracePeriodSeconds`;
  if (grace !== undefined && grace <= 0) {
    errors.push(invalid(field, grace, 'must be greater than 0'));
  }
  if (name === 'readinessProbe') {
    return grace === undefined
      ? errors
      : [...errors, invalid(field, grace, 'must not be set for readinessProbes')];
  }
  const threshold = probe.successThreshold ?? 0;
  return threshold === 1
    ? errors
    : [...errors, invalid(`${path}.successThreshold`, threshold, 'must be 1')];
}

function validateLifecycle(
  lifecycle: Lifecycle | undefined,
  path: string,
  graceSeconds: number | undefined,
): FieldError[] {
  return (['postStart', 'preStop'] as const).flatMap((hook) => {
    const handler = lifecycle?.[hook];
    return handler === undefined ? [] : validateHandler(handler, `${path}.${hook}`, graceSeconds);
  });
}

function validateHandler(
  handler: Handler,
  path: string,
  graceSeconds: number | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const kind of ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const) {
    if (handler[kind] === undefined) continue;
    count++;
    const at = `${path}.${kind}`;
    if (count > 1) errors.push(forbidden(at, 'may not specify more than 1 handler type'));
    else errors.push(...validateAction(handler, kind, at, graceSeconds));
  }
  if (count === 0) errors.push(required(path, 'must specify a handler type'));
  return errors;
}

function validateAction(
  handler: Handler,
  kind: keyof Handler,
  path: string,
  graceSeconds: number | undefined,
): FieldError[] {
  switch (kind) {
    case 'exec':
      return (handler.exec?.command ?? []).length === 0 ? [required(`${path}.command`)] : [];
    case 'httpGet':
      return validateHTTPGet(handler.httpGet ?? {}, path);
    case 'tcpSocket':
      return validatePortOrName(handler.tcpSocket?.port, `${path}.port`);
    case 'grpc':
      return validatePortOrName(handler.grpc?.port, `${path}.port`);
    case 'sleep': {
      const seconds = handler.sleep?.seconds ?? 0;
      if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return [];
      const detail = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
      return [invalid(path, seconds, detail)];
    }
    default:
      return kind satisfies never;
  }
}

function validateHTTPGet(action: Partial<HTTPGetAction>, path: string): FieldError[] {
  const { scheme = '' } = action;
  const schemes = ['HTTP', 'HTTPS'];
  return [
    ...(action.path ? [] : [required(`${path}.path`)]),
    ...validatePortOrName(action.port, `${path}.port`),
    ...(schemes.includes(scheme) ? [] : [notSupported(`${path}.scheme`, scheme, schemes)]),
    ...(action.httpHeaders ?? []).flatMap(({ name = '' }: { name?: string }) =>
      validateHTTPHeaderName(name).map((m) => invalid(`${path}.httpHeaders`, name, m)),
    ),
  ];
}

/** A port by number, or by the name that it has elsewhere. */
export function validatePortOrName(port: number | string | undefined, field: string): FieldError[] {
  const messages =
    typeof port === 'string' ? validatePortName(port) : validatePortNumber(port ?? 0);
  return messages.map((message) => invalid(field, port ?? 0, message));
}
