import { warningHeaders } from './warning-headers.ts';
import type { KubernetesObject } from '../../apimachinery/meta.ts';
import { partialObjectMetadata, toTable } from '../registry/table-convert.ts';
import { converting } from './converting.ts';
import type { ApiContext } from './api-context.ts';
import { CONTENT_TYPES, encodeObject } from './encoding.ts';
import { type Form, negotiateForm } from './negotiate.ts';
import { includeObject } from './table-options.ts';

/** Answers with one object, given as the text that is stored, in the form that was asked for. */
export async function objectResponse(
  context: ApiContext,
  stored: string,
  status: number,
  warnings: readonly string[] = [],
  accept = context.request.headers.get('Accept'),
): Promise<Response> {
  const isView =
    context.subresource !== undefined && context.subresource.kind !== context.resource.kind;
  const { conversion, isReview = false } = context.resource;
  const text =
    conversion === undefined || isView
      ? stored
      : await converting(context.env, () => JSON.stringify(conversion.fromStored(parse(stored))));
  const form = negotiateForm(accept, {
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
