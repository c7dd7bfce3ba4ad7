import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import { finish } from './build/finish.mjs'
import { registry } from './dev/registry.mjs'

export default defineConfig({
  // Pages load their parts relative to themselves: the server puts them under a prefix with the digest of
  // the build, which the build does not know while it writes them.
  base: './',
  plugins: [svelte(), registry(), finish()],
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    // No asset becomes a `data:` address, so that all are cached and compressed alike.
    assetsInlineLimit: 0,
    // The finishing step reports compressed sizes, of the files that are served.
    reportCompressedSize: false,
    rolldownOptions: {
      input: { console: 'console.html' },
      output: {
        // The digest is in the prefix, so names stay and a change of one file is a change of one file.
        entryFileNames: 'assets/[name].js',
        chunkFileNames: 'assets/[name].js',
        assetFileNames: 'assets/[name][extname]',
        // One file for all that most pages need compresses better, and needs fewer requests, than twenty.
        codeSplitting: {
          groups: [
            // The map is a file of its own: it is larger than all others, and changes only with its version.
            { name: 'maplibre', test: /node_modules\/maplibre-gl/ },
            // Figures, and what else fewer pages show, come with these.
            {
              name: 'base',
              minShareCount: 4,
              test: /node_modules|src\/(ui\/[^/]+$|api|router|words\/[a-z.]+ts|console\/pa(ges|ths)\.ts)/,
            },
          ],
        },
      },
    },
  },
  worker: {
    format: 'es',
    rolldownOptions: { output: { entryFileNames: 'assets/[name].js' } },
  },
  test: {
    include: ['tests/unit/**/*.test.{ts,mjs}'],
  },
})
