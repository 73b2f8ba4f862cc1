// An OpenID Provider made with oidc-provider, at which this platform's people sign in, for tests.
// The first argument is the port. It prints a line when it listens. A test says under /control how
// the next person signs in, and what a forger in the middle makes of the answers.
import { randomUUID } from "node:crypto";
import http from "node:http";
import * as jose from "jose";
import Provider from "oidc-provider";

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;

async function newKey(kid) {
  const { privateKey } = await jose.generateKeyPair("ES256", { extractable: true });
  return { ...(await jose.exportJWK(privateKey)), kid, alg: "ES256", use: "sig" };
}

// The key in use stands first.
let keys = [await newKey("first")];
const fresh = { account: "hanako", acr: undefined, amr: undefined, claims: {}, page: false, forge: {} };
let script = { ...fresh };
const seen = { jwks: 0, par: 0, asked: {} };

const longKey = await jose.exportJWK((await jose.generateKeyPair("RS256", { extractable: true })).privateKey);
const rsa = { ...longKey, kid: "rsa", alg: "RS256", use: "sig" };
const about = { name: ["name"], address: ["address"], birthdate: ["birthdate"], gender: ["gender"], sign: [] };
// What it has promised, so that it can be restarted with other keys.
const stored = new Map();
class Store {
  constructor(model) {
    this.model = model;
  }
  key(id) {
    return `${this.model}:${id}`;
  }
  async upsert(id, payload) {
    stored.set(this.key(id), payload);
  }
  async find(id) {
    return stored.get(this.key(id));
  }
  async findByUid(uid) {
    return [...stored].find(([key, one]) => key.startsWith(this.key("")) && one.uid === uid)?.[1];
  }
  async consume(id) {
    stored.get(this.key(id)).consumed = Math.floor(Date.now() / 1000);
  }
  async destroy(id) {
    stored.delete(this.key(id));
  }
  async revokeByGrantId(grantId) {
    for (const [key, one] of stored) if (one.grantId === grantId) stored.delete(key);
  }
}

const configuration = {
  adapter: Store,
  acrValues: ["urn:example:one", "urn:example:two", "urn:example:three", "aal3", "crl"],
  scopes: ["openid", "profile", ...Object.keys(about)],
  claims: {
    openid: ["sub", "sid"],
    acr: null,
    amr: null,
    auth_time: null,
    profile: ["name", "birthdate", "address", "gender"],
    verified_claims: null,
    ...about,
  },
  conformIdTokenClaims: true,
  clientDefaults: { id_token_signed_response_alg: "ES256" },
  cookies: { keys: [randomUUID()] },
  enabledJWA: { idTokenSigningAlgValues: ["ES256", "RS256"] },
  features: {
    backchannelLogout: { enabled: true },
    claimsParameter: { enabled: true },
    devInteractions: { enabled: false },
    jwtUserinfo: { enabled: true },
    registration: { enabled: true },
    rpInitiatedLogout: { enabled: true, logoutSource: (ctx, form) => { ctx.body = `${form}<button form="op.logoutForm" name="logout" value="yes">bye</button>`; } },
  },
  // Its own guard against fetching private addresses would refuse the platform, which is on this machine.
  fetch: (url, { dispatcher, ...options }) => {
    if (options.method === "POST") seen.posted = String(options.body);
    return globalThis.fetch(url, options);
  },
  findAccount: async (_ctx, sub) => ({
    accountId: sub,
    claims: async (use) => ({
      sub,
      name: "札幌 花子",
      birthdate: "1990-04-01",
      ...script.claims,
      ...(use === "userinfo" ? script.userinfo_claims : {}),
    }),
  }),
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid profile name address birthdate gender sign");
    grant.addOIDCClaims(["name", "birthdate", "address", "gender", "verified_claims", "acr", "amr", "auth_time", "sid"]);
    await grant.save();
    return grant;
  },
  pkce: { required: () => true },
  ttl: { Interaction: 600, Session: 3600, Grant: 3600, AccessToken: 600, IdToken: 600 },
};

// What a forger makes of an ID token; without a wish it stays as oidc-provider made it.
async function forged(token, forge) {
  const { claims = {}, header = {}, drop = [], alg, unsigned, secret, key } = forge;
  const payload = { ...jose.decodeJwt(token), ...claims };
  if (Array.isArray(payload.aud)) payload.aud[0] = jose.decodeJwt(token).aud;
  for (const name of drop) delete payload[name];
  const protectedHeader = { ...jose.decodeProtectedHeader(token), ...header };
  if (unsigned) {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    return `${part({ alg: "none", kid: protectedHeader.kid })}.${part(payload)}.${unsigned === "empty" ? "" : "AA"}`;
  }
  if (secret) {
    const shared = new TextEncoder().encode(JSON.stringify(keys[0]).padEnd(32));
    return new jose.SignJWT(payload).setProtectedHeader({ ...protectedHeader, alg: "HS256" }).sign(shared);
  }
  const jwk = key === "foreign" ? await newKey(protectedHeader.kid) : keys.find((one) => one.kid === protectedHeader.kid) ?? keys[0];
  return new jose.SignJWT(payload).setProtectedHeader({ ...protectedHeader, alg: alg ?? "ES256" }).sign(await jose.importJWK(jwk, "ES256"));
}

async function forging(ctx, next) {
  if (ctx.path === "/request") seen.par += 1;
  if (ctx.path === "/jwks") seen.jwks += 1;
  await next();
  const { forge } = script;
  if (ctx.path === "/token" && ctx.body?.id_token) {
    if (forge.id_token) ctx.body.id_token = await forged(ctx.body.id_token, forge.id_token);
    if (forge.access_token) ctx.body.access_token = forge.access_token;
  }
  if (ctx.path === "/me" && forge.userinfo && typeof ctx.body === "object") {
    ctx.body = { ...ctx.body, ...forge.userinfo };
  }
  if (ctx.path === "/jwks" && forge.jwks) ctx.body = forge.jwks;
  if (ctx.path === "/.well-known/openid-configuration" && forge.metadata) {
    ctx.body = { ...ctx.body, ...forge.metadata };
  }
}

// Restarted with other keys it is the same provider: what it has promised stays in its store.
function started() {
  const made = new Provider(issuer, { ...configuration, jwks: { keys: [...keys, rsa] } });
  made.use(forging);
  return made;
}
let provider = started();

function reachable(details) {
  const wanted = details.prompt.details?.acr?.values;
  return !wanted || wanted.includes(script.acr);
}

async function interact(req, res) {
  const details = await provider.interactionDetails(req, res);
  seen.asked = details.params;
  if (script.page && req.method === "GET") {
    res.setHeader("content-type", "text/html; charset=utf-8");
    res.end('<!doctype html><html lang="ja"><title>upstream</title><main><h1>認証事業者</h1><form method="post"><button>花子としてサインイン</button></form></main></html>');
    return;
  }
  if (script.says) {
    return provider.interactionFinished(req, res, { error: script.says, error_description: "no" });
  }
  if (!reachable(details)) {
    return provider.interactionFinished(req, res, { error: "unmet_authentication_requirements", error_description: "cannot" });
  }
  const login = { accountId: script.account, acr: script.acr, amr: script.amr, remember: true };
  await provider.interactionFinished(req, res, { login }, { mergeWithLastSubmission: false });
}

async function bodyOf(req) {
  let text = "";
  for await (const chunk of req) text += chunk;
  return text ? JSON.parse(text) : {};
}

async function control(req, res) {
  const given = await bodyOf(req);
  if (req.url === "/control/script") script = { ...fresh, ...given };
  if (req.url === "/control/rotate") {
    keys = [await newKey(randomUUID())];
    provider = started();
  }
  res.setHeader("content-type", "application/json");
  res.end(JSON.stringify({ ...seen, kids: keys.map((one) => one.kid) }));
}

const server = http.createServer(async (req, res) => {
  try {
    if (req.url.startsWith("/control/")) await control(req, res);
    else if (req.url.startsWith("/interaction/")) await interact(req, res);
    else await provider.callback()(req, res);
  } catch (error) {
    res.statusCode = 500;
    res.end(String(error?.stack ?? error));
  }
});
server.listen(port, "127.0.0.1", () => console.log("listening"));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
