// The passkey ceremony: the one thing that a form alone cannot do. Each form with data-passkey
// carries its options, asks the browser, and sends the answer like any other field.
"use strict";

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const described = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

async function show(options) {
  const answer = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: described(options.allowCredentials),
    },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = answer.response;
  return {
    id: answer.id,
    rawId: text(answer.rawId),
    type: answer.type,
    response: {
      clientDataJSON: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : null,
    },
  };
}

async function make(options) {
  const answer = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: described(options.excludeCredentials),
    },
  });
  const { clientDataJSON, attestationObject } = answer.response;
  const transports = answer.response.getTransports ? answer.response.getTransports() : [];
  return {
    id: answer.id,
    rawId: text(answer.rawId),
    type: answer.type,
    response: {
      clientDataJSON: text(clientDataJSON),
      attestationObject: text(attestationObject),
      transports,
    },
  };
}

const ceremonies = { show, make };

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    const field = form.elements.namedItem("passkey");
    if (field.value) return;
    event.preventDefault();
    const problem = form.querySelector(".error");
    problem.hidden = true;
    try {
      const answer = await ceremonies[form.dataset.passkey](JSON.parse(form.dataset.options));
      field.value = JSON.stringify(answer);
      form.requestSubmit();
    } catch {
      problem.hidden = false;
    }
  });
}
