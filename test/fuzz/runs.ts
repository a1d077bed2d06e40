const environment = (
  globalThis as unknown as { process: { env: Record<string, string | undefined> } }
).process.env; // These files are compiled with the types of Workers, and run in Node.

/** How often a property is tried. `npm run fuzz` tries much more often than the usual tests do. */
export function fuzzRuns(usual: number): number {
  const wanted = Number(environment['FAIRLEAD_FUZZ_RUNS'] ?? 0);
  return wanted > 0 ? wanted : usual;
}
