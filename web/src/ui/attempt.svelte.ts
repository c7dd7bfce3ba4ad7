/** Work that a reader has begun: whether it runs, and the error with which it ended. */
import { type ApiError, asApiError } from '../api/errors'

export class Attempt {
  isBusy = $state(false)
  error = $state.raw<ApiError | undefined>(undefined)

  /** Does the work; its error is kept until the next work, or until it is forgotten. */
  async of(work: () => Promise<void>): Promise<void> {
    this.isBusy = true
    this.error = undefined
    try {
      await work()
    } catch (thrown) {
      this.error = asApiError(thrown)
    } finally {
      this.isBusy = false
    }
  }

  /** Forgets the error. */
  forget(): void {
    this.error = undefined
  }
}
