import { newBadRequest } from '../../apimachinery/status-error.ts';
import { describeNode, isObjectNode, toPlain } from '../registry/schema/json-node.ts';
import { parseYAML } from '../registry/schema/parse-yaml.ts';
import type { FieldValidation } from '../registry/schema/decode.ts';

/** A configuration for server-side apply, as JSON text, and what is to be warned of. */
export interface ApplyConfiguration {
  readonly text: string;
  readonly warnings: readonly string[];
}

/**
 * Reads the body of an apply patch: YAML, or JSON, which is YAML too. It is not decoded by its type:
 * what it leaves out is not owned, and what its type does not know the field manager tells.
 *
 * @throws StatusError BadRequest for what is no object, and with `Strict` for a key that comes twice.
 */
export function readConfiguration(
  body: string,
  fieldValidation: FieldValidation,
): ApplyConfiguration {
  const { root, duplicates } = parse(body);
  const document = root ?? { keys: [], values: [] };
  if (!isObjectNode(document)) {
    const type = 'map[string]interface {}';
    const message = `json: cannot unmarshal ${describeNode(document)} into Go value of type ${type}`;
    throw newBadRequest(`error decoding YAML: ${message}`);
  }
  const text = JSON.stringify(toPlain(document));
  if (duplicates.length === 0 || fieldValidation === 'Ignore') return { text, warnings: [] };
  const problem = `error converting YAML to JSON: yaml: unmarshal errors:\n${duplicates.join('\n')}`;
  if (fieldValidation === 'Warn') return { text, warnings: [problem] };
  throw newBadRequest(`error strict decoding YAML: ${problem}`);
}

function parse(body: string): ReturnType<typeof parseYAML> {
  try {
    return parseYAML(body);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw newBadRequest(`error decoding YAML: error converting YAML to JSON: ${why}`);
  }
}
