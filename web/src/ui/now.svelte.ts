/** The present moment for relative times, moved every second while the page is seen. */
class Now {
  at = $state.raw(new Date())
  /** A moment of the present hour, for what does not change every second: the day, and the offset of the zone. */
  hour = $state.raw(new Date())
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
    if (this.at.getHours() !== this.hour.getHours() || isOtherDay(this.at, this.hour)) {
      this.hour = this.at
    }
  }
}

function isOtherDay(one: Date, other: Date): boolean {
  return one.toDateString() !== other.toDateString()
}

export const now = new Now()
