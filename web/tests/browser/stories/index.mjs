/** All stories: people of each role use the console. */
export { account } from './account.mjs'
export { admin } from './admin.mjs'
export { client } from './client.mjs'
export { inspector } from './inspector.mjs'
export { operator } from './operator.mjs'
export { requests } from './requests.mjs'
export { operatorFigures, statistics } from './statistics.mjs'
export { strangers } from './strangers.mjs'
