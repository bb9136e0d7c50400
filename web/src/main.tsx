import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { startLive } from "./market/session";
import { App } from "./page/App";
import "./index.css";

const root = document.querySelector("#root");
if (root === null) throw new Error("index.html has no #root");

startLive();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
