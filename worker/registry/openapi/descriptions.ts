/**
 * Where the texts of `kubectl explain` come from: of a type, or of one of its fields. They are
 * upstream's own sentences and so no part of this repository; the build takes them out of a
 * package (scripts/compile-descriptions.ts) and hands them in.
 */
export type DescriptionSource = (schema: string, field?: string) => string | undefined;

/** The source of a build without texts. */
export const NO_DESCRIPTIONS: DescriptionSource = () => undefined;

/** Schema → field → text; the type's own text is at ''. */
export type DescriptionData = Readonly<Record<string, Readonly<Record<string, string>>>>;

export function descriptionsFrom(data: DescriptionData): DescriptionSource {
  return (schema, field = '') => {
    const texts = Object.hasOwn(data, schema) ? data[schema] : undefined;
    return texts !== undefined && Object.hasOwn(texts, field) ? texts[field] : undefined;
  };
}
