import { StrictMode } from "react";
import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { queryClient } from "./api/queries";
import { startLive } from "./market/session";
import { App } from "./page/App";
import "./index.css";

const root = document.querySelector("#root");
if (root === null) throw new Error("index.html has no #root");

startLive();
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
