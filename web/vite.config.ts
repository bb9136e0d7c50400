import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** `npm run dev` serves the page with hot reload and passes API calls on to the API of `make up`. */
const api = { target: "http://127.0.0.1:8000" };

/** Puts Swagger UI beside the page, so that the API's /docs works without the internet. */
function swaggerUi(): Plugin {
  const packaged = createRequire(import.meta.url);
  return {
    name: "swagger-ui",
    apply: "build",
    generateBundle() {
      for (const file of ["swagger-ui-bundle.js", "swagger-ui.css"]) {
        const source = readFileSync(packaged.resolve(`swagger-ui-dist/${file}`));
        this.emitFile({ type: "asset", fileName: `swagger/${file}`, source });
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), swaggerUi()],
  build: { target: "es2022" },
  server: { proxy: { "/api": api, "/docs": api, "/openapi.json": api } },
});
