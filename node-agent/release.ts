import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { AGENT_VERSION } from './version.ts';

/** `release.json`, one folder above a program that was installed. */
export const RELEASE_FILE = 'release.json';
export const releaseSchema = z.object({
  /** Tells apart what was built from the same version, too. */
  id: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z.+-]{0,99}$/),
  version: z.string(),
  node: z.string(),
  /** SHA-256 of the program that runs it, in hexadecimal. */
  nodeDigest: z.string(),
});
export type Release = z.infer<typeof releaseSchema>;

/** The ID of the release that a program file is part of; its version where it was not installed. */
export async function releaseOf(program: string): Promise<string> {
  try {
    const text = await readFile(join(dirname(dirname(program)), RELEASE_FILE), 'utf8');
    return releaseSchema.parse(JSON.parse(text)).id;
  } catch {
    // It runs from its sources, or from where it was built.
    return AGENT_VERSION;
  }
}
