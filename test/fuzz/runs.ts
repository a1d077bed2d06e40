/** Of Node, which runs these files; they are compiled with the types of Workers, which lack it. */
declare const process: { readonly env: Readonly<Record<string, string | undefined>> };

/** How often a property is tried. `npm run fuzz` tries much more often than the usual tests do. */
export function fuzzRuns(usual: number): number {
  const wanted = Number(process.env['FAIRLEAD_FUZZ_RUNS'] ?? 0);
  return wanted > 0 ? wanted : usual;
}
