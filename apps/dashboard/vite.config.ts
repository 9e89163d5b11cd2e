import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/**
 * What the API serves: hashed assets, each with its gzip form beside it. Nothing is inlined: the page's policy forbids
 * it.
 */
export default defineConfig({
  plugins: [react(), tailwindcss(), gzipped()],
  // Relative, since the API may serve the page below a path; only the page itself names its files from the root.
  base: './',
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    manifest: true,
  },
  // With the page's own host in the requests: the API refuses what comes from another.
  server: {
    proxy: Object.fromEntries(
      ['/api', '/admin', '/readyz', '/openapi.json', '/socket.io'].map((path) => [
        path,
        { target: 'http://127.0.0.1:3000', ws: path === '/socket.io' },
      ]),
    ),
  },
});

function gzipped(): Plugin {
  return {
    name: 'gzipped',
    writeBundle({ dir }) {
      const page = join(dir!, 'index.html');
      writeFileSync(page, readFileSync(page, 'utf8').replaceAll(/ (src|href)="\.\//g, ' $1="/'));
      for (const name of readdirSync(dir!, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(js|css|html|svg)$/.test(name)) continue;
        const file = join(dir!, name);
        writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: constants.Z_BEST_COMPRESSION }));
      }
    },
  };
}
