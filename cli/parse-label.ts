import { InvalidArgumentError } from 'commander';

/** Adds `key=value` to what was given before. @throws InvalidArgumentError for what is no label */
export function parseLabel(text: string, labels: Record<string, string>): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('a label is written key=value');
  return { ...labels, [text.slice(0, equals)]: text.slice(equals + 1) };
}
