/** All stories: people of each role use the console. */
export { account } from './account.mjs'
export { admin } from './admin.mjs'
export { client } from './client.mjs'
export { integration } from './integration.mjs'
export { operator } from './operator.mjs'
export { strangers } from './strangers.mjs'
