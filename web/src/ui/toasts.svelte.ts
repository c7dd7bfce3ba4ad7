/** Short notes of what was done. Faults are not told here: they stand beside the button. */
class Toasts {
  all = $state<{ id: number; text: string }[]>([])
  #last = 0

  add(text: string): void {
    this.#last += 1
    const id = this.#last
    this.all.push({ id, text })
    setTimeout(() => {
      this.all = this.all.filter((toast) => toast.id !== id)
    }, 5_000)
  }
}

export const toasts = new Toasts()

export function toast(text: string): void {
  toasts.add(text)
}
