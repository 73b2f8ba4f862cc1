// A relying party made with openid-client that people sign in at through the platform's own pages:
// pushed request, PKCE, DPoP; reads a record, is told that more is required (RFC 9470), steps up.
// The first argument is a file of JSON: issuer, client, cookies, code, type, tenant, redirect_uri.
import { readFileSync } from "node:fs";
import * as client from "openid-client";

const given = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const seen = { pages: [] };
const cookies = new Map(Object.entries(given.cookies));

async function key(jwk) {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  return { key: await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]), kid: jwk.kid };
}

const config = await client.discovery(
  new URL(given.issuer),
  given.client.client_id,
  {},
  client.PrivateKeyJwt(await key(given.client.jwk)),
  { execute: [client.allowInsecureRequests] },
);
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));

// A browser without scripts: cookies, redirections within the platform, forms.
async function send(url, body) {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const answer = await fetch(url, {
    method: body ? "POST" : "GET",
    redirect: "manual",
    headers: { cookie, origin: given.issuer },
    body: body && new URLSearchParams(body),
  });
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    cookies.set(name, value);
  }
  return answer;
}

async function follow(answer) {
  for (let hop = 0; hop < 10; hop += 1) {
    const location = answer.headers.get("location");
    if (!location) return { page: await answer.text() };
    const next = new URL(location, given.issuer);
    if (next.origin !== given.issuer) return { back: next };
    seen.pages.push(next.pathname);
    answer = await send(next);
  }
  throw new Error("too many redirections");
}

const attributes = (text) =>
  Object.fromEntries([...text.matchAll(/([a-z-]+)="([^"]*)"/g)].map(([, name, value]) => [name, plain(value)]));
const plain = (text) =>
  text.replace(/&#34;/g, '"').replace(/&#39;/g, "'").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

async function fill(page, action, typed) {
  for (const [, head, content] of page.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)) {
    const form = attributes(head);
    if (!form.action?.includes(action) || "data-passkey" in form) continue;
    const fields = [...content.matchAll(/<input\b([^>]*)>/g)].map(([, one]) => attributes(one));
    const values = Object.fromEntries(fields.filter((one) => one.name).map((one) => [one.name, one.value ?? ""]));
    return follow(await send(new URL(form.action, given.issuer), { ...values, ...typed }));
  }
  throw new Error(`no form for ${action} in ${page.slice(0, 2000)}`);
}

async function signIn(more, pages) {
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const url = await client.buildAuthorizationUrlWithPAR(
    config,
    {
      redirect_uri: given.redirect_uri,
      scope: "openid profile read",
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
      ...more,
    },
    { DPoP },
  );
  let at = await follow(await send(url));
  for (const [action, typed] of pages) {
    if (at.back) throw new Error(`sent back before ${action}: ${at.back}`);
    at = await fill(at.page, action, typed);
  }
  if (!at.back) throw new Error(`still at a page: ${at.page.slice(0, 2000)}`);
  return client.authorizationCodeGrant(
    config,
    at.back,
    { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true },
    {},
    { DPoP },
  );
}

async function read(tokens) {
  const headers = new Headers({ "ngsild-tenant": given.tenant });
  const url = new URL(`${given.issuer}/ngsi-ld/v1/entities?type=${encodeURIComponent(given.type)}`);
  try {
    const answer = await client.fetchProtectedResource(config, tokens.access_token, url, "GET", null, headers, { DPoP });
    return { status: answer.status, body: await answer.json() };
  } catch (error) {
    if (!(error instanceof client.WWWAuthenticateChallengeError)) throw error;
    return { status: error.status, challenge: error.cause[0].parameters };
  }
}

const weak = await signIn({}, [["consent", { answer: "yes" }]]);
seen.weak = weak.claims().acr;
const refused = await read(weak);
seen.refused = refused.status;
seen.challenge = refused.challenge;

const values = refused.challenge.acr_values.split(" ");
const claims = JSON.stringify({ id_token: { acr: { essential: true, values } } });
const strong = await signIn({ claims }, [["step-up?", { code: given.code }]]);
seen.strong = strong.claims().acr;
seen.tokenType = strong.token_type;
const allowed = await read(strong);
seen.allowed = allowed.status;
seen.record = allowed.body?.[0]?.id;

console.log(JSON.stringify(seen));
