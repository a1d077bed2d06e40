/** A field below a path; paths of no fields are ''. */
export const childPath = (path: string, field: string): string =>
  path === '' ? field : `${path}.${field}`;

/** An item of a list, or a key of a map, below a path. */
export const keyPath = (path: string, key: string | number): string => `${path}[${key}]`;
