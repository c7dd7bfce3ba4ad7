/** Files that are dropped on a part of a page, as an attachment. A way by keyboard stands beside it. */
import type { Attachment } from 'svelte/attachments'

interface Drop {
  take: (items: DataTransferItemList) => void
  /** Called when files come over the part, and when they leave it. */
  over: (isOver: boolean) => void
}

/**
 * Takes what is dropped on the element. A file that misses it is dropped by nobody: the browser would leave the page to
 * show that file.
 */
export function dropzone({ take, over }: Drop): Attachment<HTMLElement> {
  return (element) => {
    const inside = (event: DragEvent) => element.contains(event.target as Node | null)
    const move = (event: DragEvent) => {
      event.preventDefault()
      over(inside(event))
      if (event.dataTransfer && !inside(event)) event.dataTransfer.dropEffect = 'none'
    }
    const leave = (event: DragEvent) => {
      // The pointer has left the window.
      if (!event.relatedTarget) over(false)
    }
    const drop = (event: DragEvent) => {
      event.preventDefault()
      over(false)
      if (inside(event) && event.dataTransfer) take(event.dataTransfer.items)
    }
    addEventListener('dragover', move)
    addEventListener('dragleave', leave)
    addEventListener('drop', drop)
    return () => {
      removeEventListener('dragover', move)
      removeEventListener('dragleave', leave)
      removeEventListener('drop', drop)
    }
  }
}
