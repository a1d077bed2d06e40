import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { partialObjectMetadata, toTable } from '../registry/table-convert.ts';
import type { ApiContext } from './api-context.ts';
import { CONTENT_TYPES, encodeObject } from './encoding.ts';
import { type Form, negotiateForm } from './negotiate.ts';
import { includeObject } from './table-options.ts';

/** Characters that a Warning header carries at most, all together: clients bound their headers. */
const MAX_WARNINGS = 4_096;

/** Answers with one object, given as the text that is stored, in the form that was asked for. */
export function objectResponse(
  context: ApiContext,
  stored: string,
  status: number,
  warnings: readonly string[] = [],
): Response {
  const isView =
    context.subresource !== undefined && context.subresource.kind !== context.resource.kind;
  const { conversion, isReview = false } = context.resource;
  const text =
    conversion === undefined || isView
      ? stored
      : JSON.stringify(conversion.fromStored(parse(stored)));
  const form = negotiateForm(context.request.headers.get('Accept'), {
    allowTable: !isView && !isReview,
  });
  const headers = warningHeaders(warnings);
  headers.set('Content-Type', CONTENT_TYPES[form.encoding]);
  return new Response(render(context, form, text), { status, headers });
}

function render(context: ApiContext, form: Form, text: string): string | Uint8Array {
  switch (form.as) {
    case 'object':
      return form.encoding === 'json' ? `${text}\n` : encodeObject(parse(text), form.encoding);
    case 'Table': {
      const object = parse(text);
      const table = toTable(context.resource, [object], {
        includeObject: includeObject(context.query),
        now: Date.now(),
        listMeta: { resourceVersion: object.metadata.resourceVersion ?? '' },
        headers: true,
      });
      const apiVersion = `meta.k8s.io/${form.version}`;
      return encodeObject({ ...table, apiVersion }, form.encoding);
    }
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return encodeObject(partialObjectMetadata(parse(text)), form.encoding);
  }
}

const parse = (text: string): KubernetesObject => JSON.parse(text) as KubernetesObject;

/** RFC 7234 warnings with code 299, which kubectl prints. */
export function warningHeaders(warnings: readonly string[]): Headers {
  const headers = new Headers();
  let left = MAX_WARNINGS;
  for (const warning of new Set(warnings)) {
    left -= warning.length;
    if (left < 0) break;
    const text = warning.replaceAll(/[\r\n]+/g, ' ').replaceAll(/(["\\])/g, '\\$1');
    headers.append('Warning', `299 - "${text}"`);
  }
  return headers;
}
