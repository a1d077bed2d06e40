import { RuntimeError } from '../container-runtime.ts';
import type { RuntimeErrorCode } from '../container-runtime.ts';

interface EngineFailure {
  readonly statusCode?: number;
  readonly code?: string;
  readonly json?: { readonly message?: string } | null;
  readonly message?: string;
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ECONNRESET',
  'EPIPE',
  'EACCES',
  'ETIMEDOUT',
]);

/** Turns what dockerode throws into a RuntimeError with the engine's own words. */
export function interpretEngineError(error: unknown): RuntimeError {
  if (error instanceof RuntimeError) return error;
  const failure = (typeof error === 'object' && error !== null ? error : {}) as EngineFailure;
  const message = failure.json?.message ?? ownWords(failure.message) ?? String(error);
  return new RuntimeError(codeOf(failure, message), message, { cause: error });
}

/** Without what dockerode puts before it: "(HTTP code 500) server error - ". */
function ownWords(message: string | undefined): string | undefined {
  return message?.replace(/^\(HTTP code \d+\) [^-]* - /, '').trim();
}

function codeOf(failure: EngineFailure, message: string): RuntimeErrorCode {
  if (failure.code !== undefined && UNREACHABLE.has(failure.code)) return 'EngineUnavailable';
  if (failure.statusCode === 404) {
    return /no such image/i.test(message) ? 'ImageNotFound' : 'NotFound';
  }
  if (failure.statusCode === 400 || failure.statusCode === 409) return 'InvalidArgument';
  return 'Failed';
}

/** Awaits an engine call and throws RuntimeErrors only. */
export async function engineCall<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw interpretEngineError(error);
  }
}

/** As {@link engineCall}; what is already gone, or already so (304), counts as done. */
export async function engineCallIfPresent(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const { statusCode } = error as EngineFailure;
    if (statusCode !== 404 && statusCode !== 304) throw interpretEngineError(error);
  }
}
