import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { since } from '../../printers/columns.ts';
import type { TableColumn, TablePrinter } from '../../table.ts';
import { parseTime } from '../../schema/parse-time.ts';
import type { ColumnDefinition } from '../types.ts';
import { findValues, goText, type JSONPath, JSONPathError, parseJSONPath } from './json-path.ts';

type Cell = string | number | boolean | null;

const NAME: TableColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: '',
  priority: 0,
};
const AGE: ColumnDefinition = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
};

/**
 * Prints custom objects by the columns of their definition, or with their age. A column whose path
 * cannot be read ends the list: it and those after it are not shown.
 */
export function newCustomPrinter(
  definitions: readonly ColumnDefinition[] | undefined,
): TablePrinter {
  const columns: { header: TableColumn; path: JSONPath; type: string }[] = [];
  for (const definition of definitions?.length ? definitions : [AGE]) {
    const path = tryParse(definition.jsonPath);
    if (path === undefined) break;
    columns.push({ header: headerOf(definition), path, type: definition.type });
  }
  return {
    columns: [NAME, ...columns.map(({ header }) => header)],
    cells: (object, now) => [
      object.metadata.name ?? '',
      ...columns.map(({ path, type }) => cellOf(path, type, object, now)),
    ],
  };
}

function tryParse(path: string): JSONPath | undefined {
  try {
    return parseJSONPath(path);
  } catch (error) {
    if (error instanceof JSONPathError) return undefined;
    throw error;
  }
}

function headerOf(definition: ColumnDefinition): TableColumn {
  const { name, type, format = '', description, priority = 0, jsonPath } = definition;
  return {
    name,
    // Validated when the definition was written.
    type: type as TableColumn['type'],
    format: format as TableColumn['format'],
    description:
      description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority,
  };
}

function cellOf(path: JSONPath, type: string, object: KubernetesObject, now: number): Cell {
  let found: unknown[];
  try {
    found = findValues(path, object);
  } catch (error) {
    if (error instanceof JSONPathError) return null;
    throw error;
  }
  if (found.length === 0) return null;
  const [value] = found;
  switch (type) {
    case 'string':
      return goText(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? ageOf(value, now) : null;
    default:
      return null;
  }
}

function ageOf(time: string, now: number): string {
  if (time === '' || time === 'null') return '<unknown>';
  try {
    return since(parseTime(time), now);
  } catch {
    return '<invalid>';
  }
}
