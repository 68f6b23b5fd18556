import { readdir, readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin, type UserConfig } from "vite";

const API = "http://127.0.0.1:3000";

// The content security policy is default-src 'self': nothing may be inlined into index.html, and small assets stay files.
const configuration: UserConfig = {
  plugins: [react(), compressed()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    proxy: { "/api": API, "/ws": { target: API, ws: true } },
  },
};

/** Puts a .br and a .gz beside every text file of the build, which the server then sends as they are. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    async writeBundle({ dir = "" }) {
      for (const entry of await readdir(dir, { withFileTypes: true, recursive: true })) {
        if (!entry.isFile() || !/\.(js|css|html|svg|webmanifest)$/.test(entry.name)) continue;
        const path = `${entry.parentPath}/${entry.name}`;
        const content = await readFile(path);
        await writeFile(`${path}.br`, await promisify(brotliCompress)(content));
        await writeFile(`${path}.gz`, await promisify(gzip)(content));
      }
    },
  };
}

export default defineConfig(({ command }) => {
  // A build started from a test run would otherwise bundle React's development half, twice the size.
  if (command === "build") process.env["NODE_ENV"] = "production";
  return configuration;
});
