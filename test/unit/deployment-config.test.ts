import { describe, expect, it } from 'vitest';
import { unstable_readConfig as readConfig } from 'wrangler';
import {
  COMPATIBILITY_DATE,
  COMPATIBILITY_FLAGS,
  DURABLE_OBJECTS,
} from '../../cli/control-plane/workerd-config.ts';

interface Deployed {
  readonly compatibility_date: string;
  readonly compatibility_flags: readonly string[];
  readonly durable_objects: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string }[];
  };
  readonly migrations: readonly { readonly new_sqlite_classes?: readonly string[] }[];
}

const deployed = readConfig({ config: 'wrangler.toml' }) as Deployed;

describe('wrangler.toml and the configuration of workerd', () => {
  it('bind the same Durable Object classes by the same names', () => {
    const bindings = deployed.durable_objects.bindings.map((b) => [b.name, b.class_name]);
    expect(Object.fromEntries(bindings)).toEqual(DURABLE_OBJECTS);
  });

  it('run with the same compatibility date and flags', () => {
    expect(deployed.compatibility_date).toBe(COMPATIBILITY_DATE);
    expect(deployed.compatibility_flags).toEqual([...COMPATIBILITY_FLAGS]);
  });

  it('give every class a SQLite database', () => {
    const classes = deployed.migrations.flatMap((m) => m.new_sqlite_classes ?? []);
    expect(classes.sort()).toEqual(Object.values(DURABLE_OBJECTS).sort());
  });
});
