/* The map of a dataset: its places on a plain ground with degrees and a scale; tiles where the
   operator names a server. Everything that it shows is in the page's table too. The library is
   fetched once the page is there and the map comes near the window, or is to be printed. */
"use strict";
(() => {
  const box = document.getElementById("map");
  if (!box) return;
  const told = document.getElementById("map-told");
  const ja = box.dataset.lang === "ja";
  const say = (one, other) => (ja ? one : other);
  const colour = (name) => getComputedStyle(box).getPropertyValue(name).trim();
  const failed = () => { told.textContent = say("地図を表示できませんでした。", "The map cannot be shown."); };
  let begun = false;

  box.firstElementChild.textContent = say("地図を準備しています。", "The map is being prepared.");
  if (document.readyState === "complete") watch();
  else addEventListener("load", watch);
  addEventListener("beforeprint", begin);

  function watch() {
    if (!window.IntersectionObserver) return begin();
    const near = new IntersectionObserver((seen) => {
      if (seen.some((one) => one.isIntersecting)) { near.disconnect(); begin(); }
    }, { rootMargin: "400px" });
    near.observe(box);
  }

  function begin() {
    if (begun) return;
    begun = true;
    const places = fetch(`${box.dataset.places}?lang=${box.dataset.lang}`)
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.status))));
    Promise.all([places, style(box.dataset.style), script(box.dataset.library)])
      .then(([some]) => draw(some)).catch(failed);
  }

  function script(address) {
    return arrived(Object.assign(document.createElement("script"), { src: address }));
  }

  function style(address) {
    return arrived(Object.assign(document.createElement("link"), { rel: "stylesheet", href: address }));
  }

  function arrived(element) {
    return new Promise((resolve, reject) => {
      element.addEventListener("load", resolve);
      element.addEventListener("error", reject);
      document.head.appendChild(element);
    });
  }

  function draw(places) {
    if (!places.features.length) {
      box.hidden = true;
      told.textContent = say("位置の分かるデータがありません。", "No record has a place.");
      return;
    }
    box.replaceChildren();
    const map = L.map(box, { preferCanvas: true, zoomSnap: 0.5, maxZoom: 19, zoomControl: false });
    L.control.zoom({ zoomInTitle: say("拡大", "Zoom in"), zoomOutTitle: say("縮小", "Zoom out") }).addTo(map);
    L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
    map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
    if (box.dataset.tiles) {
      L.tileLayer(box.dataset.tiles, { attribution: plain(box.dataset.attribution), maxZoom: 19 }).addTo(map);
    }
    const lines = L.layerGroup().addTo(map);
    const spots = L.geoJSON(places, {
      pointToLayer: (_, at) => L.circleMarker(at, { radius: 7, weight: 2 }),
      style: () => ({ color: colour("--paper"), fillColor: colour("--key"), fillOpacity: 0.9, weight: 2 }),
      onEachFeature: (feature, layer) => {
        layer.bindTooltip(plain(feature.properties.name));
        layer.bindPopup(() => card(feature.properties), { maxWidth: 280 });
      },
    }).addTo(map);
    map.on("moveend zoomend", () => graticule(map, lines));
    map.fitBounds(spots.getBounds().pad(0.15), { maxZoom: 15 });
    const count = places.features.length.toLocaleString();
    told.textContent = say(`${count}件を表示しています。点を選ぶと内容が出ます。`, `${count} places. Choose a point to read about it.`);
    box.dataset.ready = "true";
  }

  /* Texts go into the page as texts. */
  function plain(text) {
    const holder = document.createElement("span");
    holder.textContent = text;
    return holder.innerHTML;
  }

  function card(properties) {
    const whole = document.createElement("div");
    const title = whole.appendChild(document.createElement("strong"));
    title.textContent = properties.name;
    const list = whole.appendChild(document.createElement("dl"));
    for (const [label, value] of properties.facts) {
      list.appendChild(document.createElement("dt")).textContent = label;
      list.appendChild(document.createElement("dd")).textContent = value;
    }
    return whole;
  }

  function graticule(map, lines) {
    lines.clearLayers();
    const seen = map.getBounds();
    const west = Math.max(-180, seen.getWest()), east = Math.min(180, seen.getEast());
    const south = Math.max(-85, seen.getSouth()), north = Math.min(85, seen.getNorth());
    const step = stepFor(Math.max(Math.min(east - west, north - south) / 3, Math.max(east - west, north - south) / 9));
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    const style = { color: colour("--edge"), weight: 1, opacity: 0.35, interactive: false };
    const first = (edge) => Math.ceil(edge / step) * step;
    for (let at = first(west); at <= east; at += step) {
      L.polyline([[south, at], [north, at]], style).addTo(lines);
      label(lines, [north, at], `${Math.abs(at).toFixed(digits)}°${at < 0 ? "W" : "E"}`, "is-top");
    }
    for (let at = first(south); at <= north; at += step) {
      L.polyline([[at, west], [at, east]], style).addTo(lines);
      label(lines, [at, east], `${Math.abs(at).toFixed(digits)}°${at < 0 ? "S" : "N"}`, "is-side");
    }
  }

  function label(lines, at, text, kind) {
    const icon = L.divIcon({ className: `degree ${kind}`, html: plain(text), iconSize: null });
    L.marker(at, { icon, interactive: false, keyboard: false }).addTo(lines);
  }

  /* 1, 2 or 5 of some power of ten, at least as much as is wanted. */
  function stepFor(wanted) {
    const power = 10 ** Math.floor(Math.log10(wanted));
    return [1, 2, 5, 10].map((one) => one * power).find((one) => one >= wanted);
  }
})();
