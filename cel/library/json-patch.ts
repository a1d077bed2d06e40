import { STRING } from '../types/cel-type.ts';
import { asString } from './arguments.ts';
import { declare, globalOverload, type FunctionDeclaration } from './declaration.ts';

/** For mutations only: what goes into the path of a JSON patch (RFC 6901, section 3). */
export const JSON_PATCH: readonly FunctionDeclaration[] = [
  declare(
    'jsonpatch.escapeKey',
    globalOverload('string_jsonpatch_escapeKey_string', [STRING], STRING, ([key]) =>
      asString(key).replaceAll('~', '~0').replaceAll('/', '~1'),
    ),
  ),
];
