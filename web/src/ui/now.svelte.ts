/** The present moment for relative times, moved every second while the page is seen. */
class Now {
  at = $state.raw(new Date())
  isSeen = $state(true)

  constructor() {
    setInterval(() => {
      if (!document.hidden) this.at = new Date()
    }, 1_000)
    document.addEventListener('visibilitychange', () => {
      this.isSeen = !document.hidden
      if (this.isSeen) this.at = new Date()
    })
  }
}

export const now = new Now()
