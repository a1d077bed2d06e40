import { MASTERS_GROUP, type UserInfo } from '../../../apimachinery/user-info.ts';
import { type Authorizer, NO_OPINION } from './authorizer.ts';

export const isSuperuser = ({ groups }: UserInfo): boolean => groups.includes(MASTERS_GROUP);

/**
 * Lets members of system:masters do everything, whatever the roles say, so that no mistake in them
 * locks everybody out. Like upstream's, it gives no reason.
 */
export const SUPERUSER_AUTHORIZER: Authorizer = {
  authorize: (user) => (isSuperuser(user) ? { allowed: true, reason: '' } : NO_OPINION),
};
