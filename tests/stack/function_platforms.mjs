// Serves the functions of docs/guides/first-party.md as their platforms would, each on a port of its own: `node THIS
// FOLDER SECRETS`, where FOLDER has cloudflare.mjs and next.mjs, and SECRETS is JSON with the secret of each platform.
// Writes the ports, and ends when its standard input does.
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";

const [folder, secrets] = process.argv.slice(2);
const secretOf = JSON.parse(secrets);
const load = (name) => import(pathToFileURL(`${folder}/${name}.mjs`));
const { default: worker } = await load("cloudflare");
const route = await load("next");

// What the functions send to the API; the tests look at it.
const sent = [];
const fetchOfNode = globalThis.fetch;
globalThis.fetch = (address, options) => {
  sent.push(Object.fromEntries(options.headers));
  return fetchOfNode(address, { ...options, duplex: "half" });
};

function methodOf(request) {
  const handler = route[request.method] ?? (request.method === "HEAD" ? route.GET : undefined);
  return handler?.(request, { params: Promise.resolve({}) }) ?? new Response(null, { status: 405 });
}

const platforms = {
  // Says the address in a header of its own and the country beside the request, whatever the visitor sends.
  cloudflare(request, address) {
    request.headers.set("cf-connecting-ip", address);
    request.cf = { country: "DE" };
    return worker.fetch(request, { PIXEL_PROXY: secretOf.cloudflare });
  },
  // Replaces both headers, and calls the function for one segment of the path.
  vercel(request, address) {
    request.headers.set("x-forwarded-for", address);
    request.headers.set("x-vercel-ip-country", "DE");
    Object.assign(process.env, { VERCEL: "1", PIXEL_PROXY: secretOf.vercel });
    return methodOf(request);
  },
  // A load balancer adds the address; nobody knows the country.
  next(request, address) {
    request.headers.append("x-forwarded-for", address);
    delete process.env.VERCEL;
    process.env.PIXEL_PROXY = secretOf.next;
    return methodOf(request);
  },
};

function requestOf(incoming) {
  const { method, headers, url } = incoming;
  const hasBody = method !== "GET" && method !== "HEAD";
  const body = hasBody ? { body: Readable.toWeb(incoming), duplex: "half" } : {};
  return new Request(new URL(url, "https://www.example.com"), { method, headers, ...body });
}

async function answer(platform, incoming, outgoing) {
  const request = requestOf(incoming);
  const isRouted = /^\/px\/[^/]+$/.test(new URL(request.url).pathname);
  const response = isRouted
    ? await platforms[platform](request, incoming.socket.remoteAddress)
    : new Response(null, { status: 404 });
  // Node has decompressed what the API compressed; the platforms compress it anew.
  const kept = [...response.headers].filter(([name]) => !["content-encoding", "content-length"].includes(name));
  outgoing.writeHead(response.status, Object.fromEntries(kept));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}

const ports = {};
for (const platform of Object.keys(platforms)) {
  const server = createServer((incoming, outgoing) => {
    if (incoming.url === "/sent") return outgoing.end(JSON.stringify(sent));
    answer(platform, incoming, outgoing).catch((failure) => outgoing.writeHead(500).end(String(failure.stack)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  ports[platform] = server.address().port;
}
console.log(JSON.stringify(ports));
process.stdin.resume().on("end", () => process.exit());
