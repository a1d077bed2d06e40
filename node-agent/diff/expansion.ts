/** `$$`, or a reference whose name is captured. */
export const VARIABLE = /\$\$|\$\(([^)]*)\)/g;

/**
 * Replaces `$(NAME)` by the variable's value. `$$` stands for `$`, so `$$(NAME)` comes out as
 * `$(NAME)`; a reference to an unknown variable, and any other `$`, stays as it is.
 */
export function expandVariables(text: string, lookup: ReadonlyMap<string, string>): string {
  return text.replace(VARIABLE, (match, name: string | undefined) =>
    name === undefined ? '$' : (lookup.get(name) ?? match),
  );
}
