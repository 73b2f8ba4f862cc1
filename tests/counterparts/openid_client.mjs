// A relying party made with openid-client: goes through every flow once and prints what it saw.
// The first argument is a file of JSON: issuer, client, machine, cookie, redirect_uri.
import { readFileSync } from "node:fs";
import * as client from "openid-client";

const given = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const seen = {};

async function key(jwk) {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  return { key: await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]), kid: jwk.kid };
}

async function discovered(party) {
  return client.discovery(
    new URL(given.issuer),
    party.client_id,
    { use_mtls_endpoint_aliases: false },
    client.PrivateKeyJwt(await key(party.jwk)),
    { execute: [client.allowInsecureRequests] },
  );
}

// What a browser would do: go there, signed in, and be sent back.
async function browse(url) {
  const answer = await fetch(url, { redirect: "manual", headers: { cookie: given.cookie } });
  return new URL(answer.headers.get("location"));
}

async function signIn(config, DPoP, more = {}) {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  const url = await client.buildAuthorizationUrlWithPAR(
    config,
    {
      redirect_uri: given.redirect_uri,
      scope: "openid profile read offline_access",
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
      ...more,
    },
    { DPoP },
  );
  const back = await browse(url);
  return client.authorizationCodeGrant(
    config,
    back,
    { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true, ...(more.max_age ? { maxAge: Number(more.max_age) } : {}) },
    {},
    { DPoP },
  );
}

const config = await discovered(given.client);
const pair = await client.randomDPoPKeyPair("ES256");
const DPoP = client.getDPoPHandle(config, pair);

const tokens = await signIn(config, DPoP, { max_age: "3600" });
seen.tokenType = tokens.token_type;
seen.claims = tokens.claims();

const told = await client.fetchUserInfo(config, tokens.access_token, seen.claims.sub, { DPoP });
seen.name = told.name;

const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, {}, { DPoP });
seen.rotated = refreshed.refresh_token !== tokens.refresh_token;
seen.active = (await client.tokenIntrospection(config, refreshed.access_token)).active;

await client.tokenRevocation(config, refreshed.refresh_token);
seen.afterRevocation = (await client.tokenIntrospection(config, refreshed.access_token)).active;

const claims = JSON.stringify({ id_token: { acr: { essential: true, values: [given.high] } } });
try {
  await signIn(config, DPoP, { claims, prompt: "none" });
} catch (error) {
  seen.tooHigh = error.error;
}

const signed = await client.buildAuthorizationUrlWithJAR(
  config,
  {
    redirect_uri: given.redirect_uri,
    scope: "openid",
    code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
    code_challenge_method: "S256",
    state: "signed",
  },
  await key(given.client.jwk),
);
seen.signedRequest = (await browse(signed)).searchParams.get("state");

const machine = await discovered(given.machine);
const own = await client.clientCredentialsGrant(machine, { scope: "read" });
seen.machine = (await client.tokenIntrospection(machine, own.access_token)).sub;

const out = client.buildEndSessionUrl(config, {
  id_token_hint: tokens.id_token,
  post_logout_redirect_uri: given.redirect_uri,
  state: "bye",
});
seen.signedOut = (await browse(out)).searchParams.get("state");

console.log(JSON.stringify(seen));
