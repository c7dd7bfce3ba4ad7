/** Longest wait for a moment without work, in milliseconds. */
const AT_MOST_MS = 500

/** Runs something once the browser has shown what there is and has nothing else to do. Returns how to drop it. */
export function whenIdle(run: () => void): () => void {
  // Safari does not say when it is idle; a short wait lets it show what there is.
  if (!('requestIdleCallback' in globalThis)) {
    const timer = setTimeout(run, 50)
    return () => clearTimeout(timer)
  }
  const number = requestIdleCallback(run, { timeout: AT_MOST_MS })
  return () => cancelIdleCallback(number)
}
