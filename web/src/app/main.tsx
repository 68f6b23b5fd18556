import "@mantine/core/styles.layer.css";
import "./global.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { keepSessionFresh, session } from "#web/http/session.ts";
import { App } from "./app.tsx";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element with the id root");

// The sign-in is asked for at once, while React is still starting.
void session.restore();
keepSessionFresh();

createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
