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
  required,
} from '../../../../apimachinery/field-error.ts';
import {
  validateHTTPHeaderName,
  validatePortName,
  validatePortNumber,
} from '../../../../apimachinery/names.ts';
import { oneOf } from '../one-of.ts';

const NOT_NEGATIVE = 'must be greater than or equal to 0';
const COUNTERS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> &
  Pick<LifecycleHandler, 'sleep'>;

export function validateProbe(
  probe: Probe | undefined,
  path: string,
  field: 'livenessProbe' | 'readinessProbe' | 'startupProbe',
): FieldError[] {
  if (probe === undefined) return [];
  const errors = validateHandler(probe, path);
  for (const counter of COUNTERS) {
    const value = probe[counter];
    if (value !== undefined && value < 0) {
      errors.push(invalid(`${path}.${counter}`, value, NOT_NEGATIVE));
    }
  }
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) {
    errors.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  }
  if (field === 'readinessProbe') {
    if (grace !== undefined) {
      const detail = 'must not be set for readinessProbes';
      errors.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, detail));
    }
  } else if (probe.successThreshold !== undefined && probe.successThreshold !== 1) {
    errors.push(invalid(`${path}.successThreshold`, probe.successThreshold, 'must be 1'));
  }
  return errors;
}

export function validateLifecycle(lifecycle: Lifecycle | undefined, path: string): FieldError[] {
  return (['postStart', 'preStop'] as const).flatMap((hook) => {
    const handler = lifecycle?.[hook];
    return handler === undefined ? [] : validateHandler(handler, `${path}.${hook}`);
  });
}

function validateHandler(handler: Handler, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const kind of ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const) {
    if (handler[kind] === undefined) continue;
    count++;
    if (count > 1) {
      errors.push(forbidden(`${path}.${kind}`, 'may not specify more than 1 handler type'));
    } else if (kind === 'exec') {
      if ((handler.exec?.command ?? []).length === 0) errors.push(required(`${path}.exec.command`));
    } else if (kind === 'httpGet' && handler.httpGet !== undefined) {
      errors.push(...validateHTTPGet(handler.httpGet, `${path}.httpGet`));
    } else if (kind === 'tcpSocket') {
      errors.push(...validateProbePort(handler.tcpSocket?.port, `${path}.tcpSocket.port`));
    } else if (kind === 'grpc') {
      errors.push(...validateProbePort(handler.grpc?.port, `${path}.grpc.port`));
    }
  }
  if (count === 0) errors.push(required(path, 'must specify a handler type'));
  return errors;
}

function validateHTTPGet(action: HTTPGetAction, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!action.path) errors.push(required(`${path}.path`));
  errors.push(...validateProbePort(action.port, `${path}.port`));
  errors.push(...oneOf(action.scheme, ['HTTP', 'HTTPS'], `${path}.scheme`));
  for (const { name } of action.httpHeaders ?? []) {
    errors.push(
      ...validateHTTPHeaderName(name ?? '').map((m) => invalid(`${path}.httpHeaders`, name, m)),
    );
  }
  return errors;
}

/** A port by number, or by the name that the container gives it. */
function validateProbePort(port: number | string | undefined, field: string): FieldError[] {
  const messages =
    typeof port === 'string' ? validatePortName(port) : validatePortNumber(port ?? 0);
  return messages.map((message) => invalid(field, port ?? 0, message));
}
