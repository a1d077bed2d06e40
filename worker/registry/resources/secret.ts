import { type FieldError, invalid, required, tooLong } from '../../../apimachinery/field-error.ts';
import type { KubernetesObject } from '../../../apimachinery/meta.ts';
import { nameIsDNSSubdomain, validateConfigMapKey } from '../../../apimachinery/names.ts';
import { immutable } from '../../../apimachinery/object-meta-validation.ts';
import { decodeBase64Bytes, encodeBase64Text } from '../base64.ts';
import { describeNode, isObjectNode } from '../schema/json-node.ts';
import { parseJSON } from '../schema/parse-json.ts';
import type { Strategy } from '../strategy.ts';
import { keyPairWarnings } from './key-pair-warnings.ts';
import { decodedLength, MAX_DATA_BYTES, validateImmutable } from './config-map.ts';

interface SecretFields {
  type?: string;
  data?: Record<string, string>;
  stringData?: Record<string, string>;
}

const fieldsOf = (object: KubernetesObject): SecretFields => object as SecretFields;

const SERVICE_ACCOUNT_NAME = 'kubernetes.io/service-account.name';

/** Keys that each built-in type must have (pkg/apis/core/validation, ValidateSecret). */
const REQUIRED_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ['kubernetes.io/dockercfg', ['.dockercfg']],
  ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']],
  ['kubernetes.io/ssh-auth', ['ssh-privatekey']],
  ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
]);

export const secretStrategy: Strategy = {
  setDefaults(object) {
    const secret = fieldsOf(object);
    secret.type ||= 'Opaque';
    // Write-only: it is merged into data and never stored.
    for (const [key, value] of Object.entries(secret.stringData ?? {})) {
      secret.data = { ...secret.data, [key]: encodeBase64Text(value) };
    }
    delete secret.stringData;
  },
  validate: validateSecret,
  prepareForUpdate(object, old) {
    if (!fieldsOf(object).type) object.type = fieldsOf(old).type;
  },
  validateUpdate: (object, old) => [
    ...immutable(fieldsOf(object).type, fieldsOf(old).type, 'type'),
    ...validateImmutable(object, old, ['data']),
    ...validateSecret(object),
  ],
  warnings(object) {
    const { type, data } = fieldsOf(object);
    return type === 'kubernetes.io/tls'
      ? keyPairWarnings(data?.['tls.crt'] ?? '', data?.['tls.key'] ?? '')
      : [];
  },
  validateName: nameIsDNSSubdomain,
  selectableFields: (object) => ({ type: fieldsOf(object).type ?? '' }),
  allowUnconditionalUpdate: true,
};

function validateSecret(object: KubernetesObject): FieldError[] {
  const { type = '', data = {} } = fieldsOf(object);
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(data)) {
    errors.push(...validateConfigMapKey(key).map((m) => invalid(`data[${key}]`, key, m)));
    bytes += decodedLength(value);
  }
  if (bytes > MAX_DATA_BYTES) errors.push(tooLong('data', MAX_DATA_BYTES));
  for (const key of REQUIRED_KEYS.get(type) ?? []) {
    // A key for SSH is looked into, the others only have to be there.
    const isMissing = type === 'kubernetes.io/ssh-auth' ? !data[key] : !Object.hasOwn(data, key);
    if (isMissing) errors.push(required(`data[${key}]`));
  }
  if (type === 'kubernetes.io/service-account-token') {
    if (!object.metadata.annotations?.[SERVICE_ACCOUNT_NAME]) {
      errors.push(required(`metadata.annotations[${SERVICE_ACCOUNT_NAME}]`));
    }
  } else if (type === 'kubernetes.io/basic-auth') {
    if (!Object.hasOwn(data, 'username') && !Object.hasOwn(data, 'password')) {
      errors.push(required('data[username]'), required('data[password]'));
    }
  } else if (type.startsWith('kubernetes.io/docker')) {
    for (const key of REQUIRED_KEYS.get(type) ?? []) {
      const problem = Object.hasOwn(data, key) ? problemOfObject(data[key] ?? '') : undefined;
      // The content is secret, so the message does not repeat it.
      if (problem !== undefined) {
        errors.push(invalid(`data[${key}]`, '<secret contents redacted>', problem));
      }
    }
  }
  return errors;
}

/** Why a text is not that of a JSON object, in the words of Go's decoder, or undefined. */
function problemOfObject(base64: string): string | undefined {
  try {
    // Go's decoder looks at bytes, whatever they stand for.
    const node = parseJSON(decodeBase64Bytes(base64));
    return node === null || isObjectNode(node)
      ? undefined
      : `json: cannot unmarshal ${describeNode(node)} into Go value of type map[string]interface {}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
