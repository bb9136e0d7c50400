import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** `npm run dev` serves the page with hot reload and passes API calls on to the API of `make up`. */
const api = { target: "http://127.0.0.1:8000" };

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: { target: "es2022" },
  server: { proxy: { "/api": api, "/docs": api, "/openapi.json": api } },
});
