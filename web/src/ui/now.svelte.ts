/** The present moment for relative times, moved every second while the page is seen. */
class Now {
  at = $state.raw(new Date())
  /** A moment of the present day: times of other days are shown with their day. */
  today = $state.raw(new Date())
  isSeen = $state(true)

  constructor() {
    setInterval(() => {
      if (!document.hidden) this.#move()
    }, 1_000)
    document.addEventListener('visibilitychange', () => {
      this.isSeen = !document.hidden
      if (this.isSeen) this.#move()
    })
  }

  #move(): void {
    this.at = new Date()
    if (this.at.toDateString() !== this.today.toDateString()) this.today = this.at
  }
}

export const now = new Now()
