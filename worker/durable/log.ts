/**
 * Structured log lines: one JSON object each on the console, which Workers Logs and workerd's
 * stderr both keep. Callers pass names and counts, never objects of users: those may be secret.
 */
export function logError(message: string, error: unknown, fields: Record<string, string> = {}) {
  const detail =
    error instanceof Error
      ? { error: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) }
      : { error: String(error) };
  console.error(JSON.stringify({ level: 'error', message, ...fields, ...detail }));
}

export function logInfo(message: string, fields: Record<string, string | number> = {}) {
  console.log(JSON.stringify({ level: 'info', message, ...fields }));
}
