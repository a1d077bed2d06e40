import type { ServicePort } from 'kubernetes-types/core/v1.js';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  required,
} from '../../../../apimachinery/field-error.ts';
import {
  validateDNS1123Label,
  validatePortName,
  validatePortNumber,
  validateQualifiedName,
} from '../../../../apimachinery/names.ts';
import { oneOf } from '../one-of.ts';
import type { ServiceFields } from './fields.ts';

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

type Port = Partial<ServicePort>;

export function validatePorts(ports: readonly Port[]): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, i) =>
    validatePort(port, `spec.ports[${i}]`, ports.length > 1, names),
  );
}

function validatePort(
  fields: Port,
  path: string,
  isNameRequired: boolean,
  names: Set<string>,
): FieldError[] {
  const {
    name,
    port = 0,
    protocol,
    targetPort = 0,
    appProtocol,
  } = fields as Port & {
    appProtocol?: string;
  };
  const errors: FieldError[] = [];
  if (name) {
    errors.push(...validateDNS1123Label(name).map((m) => invalid(`${path}.name`, name, m)));
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    names.add(name);
  } else if (isNameRequired) errors.push(required(`${path}.name`));
  errors.push(
    ...validatePortNumber(port).map((m) => invalid(`${path}.port`, port, m)),
    ...oneOf(protocol, PROTOCOLS, `${path}.protocol`),
  );
  const messages =
    typeof targetPort === 'string' ? validatePortName(targetPort) : validatePortNumber(targetPort);
  errors.push(...messages.map((m) => invalid(`${path}.targetPort`, targetPort, m)));
  if (appProtocol === undefined) return errors;
  const problems = validateQualifiedName(appProtocol);
  return [...errors, ...problems.map((m) => invalid(`${path}.appProtocol`, appProtocol, m))];
}

/** Ports of nodes, which only some types have, and which no two ports share. */
export function validateNodePorts({ type, ports }: ServiceFields): FieldError[] {
  const errors = (ports ?? []).flatMap(({ nodePort }, i) =>
    type === 'ClusterIP' && nodePort
      ? [forbidden(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'")]
      : [],
  );
  const numbers = new Set<string>();
  (ports ?? []).forEach(({ protocol, nodePort }, i) => {
    if (!nodePort) return;
    const key = `${protocol}/${nodePort}`;
    if (numbers.has(key)) errors.push(duplicate(`spec.ports[${i}].nodePort`, nodePort));
    numbers.add(key);
  });
  return errors;
}

/** One port of the service leads to one place. */
export function validatePortsDistinct(ports: readonly Port[]): FieldError[] {
  const seen = new Set<string>();
  return ports.flatMap(({ protocol = '', port = 0 }, i) => {
    const key = `${protocol}/${port}`;
    const isSeen = seen.has(key);
    seen.add(key);
    // As Go shows a port of which nothing else is known.
    const shown = {
      Name: '',
      Protocol: protocol,
      AppProtocol: null,
      Port: port,
      TargetPort: 0,
      NodePort: 0,
    };
    return isSeen ? [duplicate(`spec.ports[${i}]`, shown)] : [];
  });
}
