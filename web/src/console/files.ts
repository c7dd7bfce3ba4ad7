/** Files and folders that a reader has chosen or dropped, for an import. */
import type { NamedFile } from '../api/upload'

/** Limits of the registry, in MiB and files; it names them, too, but only after all was sent. */
export const MOST_MIB = 64
export const MOST_FILES = 2_000
const MIB = 1024 * 1024

/** Chosen files by their paths; what systems hide, such as `.DS_Store`, is left out. */
export function named(files: Iterable<File>): NamedFile[] {
  const all = [...files].map((file) => ({ name: file.webkitRelativePath || file.name, file }))
  return all.filter(({ name }) => !isHidden(name))
}

function isHidden(name: string): boolean {
  return name.split('/').some((part) => part.startsWith('.'))
}

/** Files of one name each: the one that was chosen last. */
export function together(before: NamedFile[], added: NamedFile[]): NamedFile[] {
  const all = new Map([...before, ...added].map((one) => [one.name, one]))
  return [...all.values()].sort((a, b) => a.name.localeCompare(b.name))
}

export function sizeOf(files: NamedFile[]): number {
  return files.reduce((sum, { file }) => sum + file.size, 0)
}

export function isTooMuch(files: NamedFile[]): boolean {
  return files.length > MOST_FILES || sizeOf(files) > MOST_MIB * MIB
}

/** Files that were dropped, with those of dropped folders. */
export async function dropped(items: DataTransferItemList): Promise<NamedFile[]> {
  // Read before anything is waited for: the list empties itself afterwards.
  const entries = [...items].map((item) => item.webkitGetAsEntry())
  const files: NamedFile[] = []
  for (const entry of entries) if (entry) await collect(entry, '', files)
  return files.filter(({ name }) => !isHidden(name))
}

async function collect(entry: FileSystemEntry, folder: string, files: NamedFile[]): Promise<void> {
  const name = folder + entry.name
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => {
      ;(entry as FileSystemFileEntry).file(resolve, reject)
    })
    files.push({ name, file })
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  // It gives a hundred at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject)
    })
    if (some.length === 0 || files.length > MOST_FILES) return
    for (const one of some) await collect(one, `${name}/`, files)
  }
}
