"use strict";
// Shows the document of document.js. Nothing is asked of any host but the server that the reader chooses.
const isServed = location.protocol.startsWith("http");

Scalar.createApiReference("#api", {
  content: window.pixelApi,
  // Beside a running stack, requests go to that stack, the only server that its policy allows.
  ...(isServed ? { servers: [{ url: location.origin, description: "This server" }] } : {}),
  hiddenClients: true, // the document has samples of its own
  defaultOpenFirstTag: false,
  hideClientButton: true,
  showDeveloperTools: "never",
  documentDownloadType: "none",
  telemetry: false,
  withDefaultFonts: false,
  agent: { disabled: true },
  mcp: { disabled: true },
});
