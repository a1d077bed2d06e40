import { newBadRequest } from '../../apimachinery/status-error.ts';

/** `includeObject` of metav1.TableOptions. @throws StatusError BadRequest. */
export function includeObject(query: URLSearchParams): 'None' | 'Metadata' | 'Object' {
  const value = query.get('includeObject') ?? '';
  switch (value) {
    case '':
    case 'Metadata':
      return 'Metadata';
    case 'None':
    case 'Object':
      return value;
    default:
      throw newBadRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`);
  }
}
