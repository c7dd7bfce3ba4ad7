/** Roles in words. */
import type { Role } from '../api/types'
import { common } from '../words'

export function rolesIn(roles: string[]): string {
  return roles.map((role) => common().roles[role as Role] ?? role).join(', ')
}
