import { newStatusError } from '../../apimachinery/status-error.ts';

export const newPathNotFound = () =>
  newStatusError('NotFound', 'the server could not find the requested resource', {});

export const newMethodNotAllowed = () =>
  newStatusError(
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
