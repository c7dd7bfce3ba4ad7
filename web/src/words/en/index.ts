import type { Words } from '../index'
import { common } from './common'
import { pages } from './pages'

export const en: Words = { common, pages }
