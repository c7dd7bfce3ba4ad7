/** Drawing of what is in sight only: a page of charts has most of them below what a reader sees first. */

/** So far outside of what is in sight a chart is drawn before one scrolls to it, in pixels. */
const AHEAD_PX = 400

/**
 * Tells the width of an element once it is in sight or near, and whenever it changes from then on. For `{@attach}`.
 *
 * What is in sight at once is told at once, so that it is drawn with the rest of its page. Paper shows all.
 */
export function widthWhenNear(tell: (width: number) => void): (element: HTMLElement) => () => void {
  return (element) => {
    const sizes = new ResizeObserver(() => tell(element.clientWidth))
    const sights = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) begin()
      },
      { rootMargin: `${AHEAD_PX}px` },
    )
    function begin() {
      sights.disconnect()
      removeEventListener('beforeprint', begin)
      tell(element.clientWidth)
      sizes.observe(element)
    }
    addEventListener('beforeprint', begin)
    if (element.getBoundingClientRect().top < innerHeight) begin()
    else sights.observe(element)
    return () => {
      sights.disconnect()
      sizes.disconnect()
      removeEventListener('beforeprint', begin)
    }
  }
}
