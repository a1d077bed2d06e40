import type { DefinitionNames } from '../../registry/crd/types.ts';

/** What names of a group are taken: resources (plural, singular, short) and kinds share no pool. */
export interface TakenNames {
  readonly resources: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

export interface NameDecision {
  readonly accepted: DefinitionNames;
  /** Why a name was refused, the last one that was; null where all are accepted. */
  readonly conflict: { readonly reason: string; readonly message: string } | null;
}

/** The names that the accepted ones of other definitions take. */
export function takenNames(others: readonly Partial<DefinitionNames>[]): TakenNames {
  const given = (names: (string | undefined)[]) => names.filter((name) => name !== undefined);
  return {
    resources: new Set(
      others.flatMap((n) => given([n.plural, n.singular, ...(n.shortNames ?? [])])),
    ),
    kinds: new Set(others.flatMap((n) => given([n.kind, n.listKind]))),
  };
}

/**
 * Accepts what is free. A refused name leaves what was accepted before in its place
 * (apiextensions-apiserver's naming controller).
 */
export function decideNames(
  requested: DefinitionNames,
  before: Partial<DefinitionNames>,
  taken: TakenNames,
): NameDecision {
  let conflict: NameDecision['conflict'] = null;
  const choose = <T>(wanted: T, known: T, names: readonly string[], reason: string): T => {
    const pool = reason.includes('Kind') ? taken.kinds : taken.resources;
    const refused = names.filter((name) => name !== '' && pool.has(name));
    if (refused.length === 0) return wanted;
    const texts = refused.map((name) => `${JSON.stringify(name)} is already in use`);
    conflict = {
      reason,
      message: texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`,
    };
    return known;
  };
  const { plural, singular = '', kind, listKind = '', shortNames = [], categories } = requested;
  const accepted: DefinitionNames = {
    plural: choose(plural, before.plural ?? '', [plural], 'PluralConflict'),
    singular: choose(singular, before.singular ?? '', [singular], 'SingularConflict'),
    shortNames: choose(shortNames, before.shortNames ?? [], shortNames, 'ShortNamesConflict'),
    kind: choose(kind, before.kind ?? '', [kind], 'KindConflict'),
    listKind: choose(listKind, before.listKind ?? '', [listKind], 'ListKindConflict'),
    ...(categories === undefined ? {} : { categories }),
  };
  return { accepted: withoutEmpty(accepted), conflict };
}

function withoutEmpty({ singular, listKind, shortNames, ...names }: DefinitionNames) {
  return {
    ...names,
    ...(singular ? { singular } : {}),
    ...(listKind ? { listKind } : {}),
    ...(shortNames?.length ? { shortNames } : {}),
  };
}
