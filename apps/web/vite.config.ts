import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    // Fonts stay files of their own: inlined they would block the first paint.
    assetsInlineLimit: 0,
  },
  // `npx vite apps/web` beside a running `npm start`.
  server: { proxy: { '/v1': 'http://127.0.0.1:8080' } },
});
