import type { KubernetesObject } from '../../../../apimachinery/meta.ts';
import { SERVICE_ACCOUNT_PREFIX, type UserInfo } from '../../../../apimachinery/user-info.ts';
import { type RoleRef, roleRefOf, type Subject, subjectsOf } from './policy-rule.ts';

/** A binding with the first of its subjects that a user is. */
export interface AppliedBinding {
  readonly binding: KubernetesObject;
  readonly roleRef: RoleRef;
  readonly subject: Subject;
  /** Place in the list of bindings, and of the subject in the binding. */
  readonly order: number;
  readonly subjectOrder: number;
}

/**
 * Bindings by those whom they are for, so that looking somebody's up costs as much as he has, however
 * many others there are.
 */
export class BindingIndex {
  readonly #byUser = new Map<string, AppliedBinding[]>();
  readonly #byGroup = new Map<string, AppliedBinding[]>();

  /** @param namespace that a ServiceAccount is in which names none: the binding's, '' for no such. */
  constructor(bindings: readonly KubernetesObject[], namespace: string) {
    bindings.forEach((binding, order) => {
      const roleRef = roleRefOf(binding);
      subjectsOf(binding).forEach((subject, subjectOrder) => {
        this.#add({ binding, roleRef, subject, order, subjectOrder }, namespace);
      });
    });
  }

  /** Those of a user, each once, in the order of the list. */
  of(user: UserInfo): readonly AppliedBinding[] {
    const lists = [this.#byUser.get(user.name)];
    for (const group of user.groups) lists.push(this.#byGroup.get(group));
    const found = lists.filter((list) => list !== undefined).flat();
    if (found.length < 2) return found;
    found.sort((a, b) => a.order - b.order || a.subjectOrder - b.subjectOrder);
    return found.filter(({ order }, i) => order !== found[i - 1]?.order);
  }

  #add(entry: AppliedBinding, defaultNamespace: string): void {
    const { kind, name, namespace } = entry.subject;
    switch (kind) {
      case 'User':
        push(this.#byUser, name, entry);
        return;
      case 'Group':
        push(this.#byGroup, name, entry);
        return;
      case 'ServiceAccount': {
        const home = namespace === '' ? defaultNamespace : namespace;
        if (home !== '') push(this.#byUser, `${SERVICE_ACCOUNT_PREFIX}${home}:${name}`, entry);
        return;
      }
      default:
      // Validation lets no other kind in, and nobody is one.
    }
  }
}

function push<V>(lists: Map<string, V[]>, key: string, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
