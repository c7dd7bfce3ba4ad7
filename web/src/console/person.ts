/** How pages call who is signed in. */

export interface Person {
  name: string | null
  email: string
}

export const nameOf = ({ name, email }: Person): string => name || email
