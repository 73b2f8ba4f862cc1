/* Trying an operation: sends what is filled in to the sandbox, and to nowhere else. */
"use strict";
(() => {
  const form = document.getElementById("try");
  if (!form) return;
  const ja = document.documentElement.lang === "ja";
  const outcome = document.getElementById("outcome");
  const status = document.getElementById("outcome-status");
  const shown = document.getElementById("outcome-body");
  form.hidden = false;

  function address() {
    let path = form.dataset.path;
    const query = new URLSearchParams();
    for (const field of form.querySelectorAll("[data-place]")) {
      const value = field.value.trim();
      if (field.dataset.place === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(value));
      else if (value) query.set(field.name, value);
    }
    const text = query.toString();
    return text ? `${path}?${text}` : path;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = form.querySelector("textarea");
    const headers = { Link: form.dataset.link };
    if (body) headers["Content-Type"] = "application/json";
    outcome.hidden = false;
    status.textContent = "…";
    shown.textContent = "";
    const begun = performance.now();
    try {
      const answer = await fetch(address(), {
        method: form.dataset.method, headers, body: body ? body.value : undefined,
        credentials: "omit", redirect: "error",
      });
      const text = await answer.text();
      const spent = Math.round(performance.now() - begun);
      status.textContent = `${answer.status} ${answer.statusText} · ${spent} ms`;
      const told = ["location", "content-type", "link", "ngsild-results-count"]
        .filter((name) => answer.headers.has(name)).map((name) => `${name}: ${answer.headers.get(name)}`);
      shown.textContent = [told.join("\n"), pretty(text)].filter(Boolean).join("\n\n");
      outcome.dataset.status = answer.status;
    } catch {
      status.textContent = ja ? "送信できませんでした。接続を確かめてください。" : "It could not be sent; check your connection.";
      outcome.dataset.status = "0";
    }
    outcome.focus();
  });

  function pretty(text) {
    try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
  }
})();
