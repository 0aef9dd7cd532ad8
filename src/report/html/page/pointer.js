// Reading the chart: by pointer, by keyboard, and what is said of a bar.

function tipOf(instance) {
  const when =
    instance.since === null
      ? "never started"
      : `${clock(instance.since)} – ${clock(instance.end)} · ${spoken(instance.duration)}`;
  const parts = [
    h("strong", {}, label(instance)),
    h("div", {}, badge(instance.look), " ", h("span", { class: "soft" }, instance.status)),
    h(
      "div",
      { class: "soft" },
      when,
      instance.since === null ? "" : ` · from ${spoken(instance.since)}`,
    ),
  ];
  if (critical.has(instance))
    parts.push(
      h(
        "div",
        { class: "soft" },
        `critical path, step ${criticalPath.indexOf(instance) + 1} of ${criticalPath.length}`,
      ),
    );
  if (instance.cause)
    parts.push(
      h("p", {}, instance.cause.length > 400 ? `${instance.cause.slice(0, 400)}…` : instance.cause),
    );
  return parts;
}

function showTip(instance, x, y) {
  const tip = at("tip");
  tip.replaceChildren(...tipOf(instance));
  tip.hidden = false;
  const { offsetWidth, offsetHeight } = tip;
  const below = y + 18 + offsetHeight < innerHeight;
  tip.style.left = `${Math.max(8, Math.min(x + 14, innerWidth - offsetWidth - 8))}px`;
  tip.style.top = `${below ? y + 18 : Math.max(8, y - offsetHeight - 12)}px`;
}

function hideTip() {
  at("tip").hidden = true;
}

// The bar under the pointer, or the nearest within a few pixels: a bar may be thinner than a hand is steady.
function instanceAt(event) {
  const exact = event.target.closest?.("[data-index]");
  if (exact) return instances[exact.dataset.index];
  const area = at("bars").getBoundingClientRect();
  const y = event.clientY - area.top + at("scroller").scrollTop;
  const x = event.clientX - area.left - plot.left;
  const row = layout.rows[rowAt(y)];
  const near = (row?.started ?? []).map((instance) => {
    const bar = box(instance);
    const isInLane = y >= bar.y - 1 && y <= bar.y + layout.density.lane;
    return [instance, isInLane ? Math.max(bar.x - x, x - bar.x - bar.width, 0) : Infinity];
  });
  const [instance, distance] = near.reduce(
    (best, next) => (next[1] < best[1] ? next : best),
    [null, 5],
  );
  return distance < 5 ? instance : null;
}

function activate(instance) {
  active = instance;
  if (instance === null) {
    hideTip();
    drawSoon();
    return;
  }
  const scroller = at("scroller");
  const { row } = layout.bars.get(instance);
  if (row.y < scroller.scrollTop) scroller.scrollTop = row.y;
  if (row.y + row.h > scroller.scrollTop + scroller.clientHeight)
    scroller.scrollTop = row.y + row.h - scroller.clientHeight;
  drawBars();
  const area = at("bars").getBoundingClientRect();
  const x =
    instance.since === null ? -layout.gutter : Math.max(0, Math.min(plot.width, box(instance).x));
  showTip(instance, area.left + plot.left + x, area.top + row.y - scroller.scrollTop + row.h);
  const when =
    instance.since === null
      ? "never started"
      : `took ${spoken(instance.duration)}, from ${spoken(instance.since)}`;
  at("said").textContent = `${label(instance)}, ${word(instance.look)}, ${when}. ${instance.cause}`;
}

// What a row holds, from left to right.
const inRow = (row) => [...row.idle, ...[...row.started].sort((a, b) => a.since - b.since)];

function step(rows, along) {
  const filled = layout.rows.filter((row) => row.place);
  if (filled.length === 0) return;
  if (active === null || !layout.bars.has(active)) return activate(inRow(filled[0])[0]);
  const { row } = layout.bars.get(active);
  if (along !== 0) {
    const all = inRow(row);
    return activate(all[Math.min(all.length - 1, Math.max(0, all.indexOf(active) + along))]);
  }
  const next = filled[Math.min(filled.length - 1, Math.max(0, filled.indexOf(row) + rows))];
  const distance = (instance) => Math.abs((instance.since ?? 0) - (active.since ?? 0));
  activate(inRow(next).reduce((best, other) => (distance(other) < distance(best) ? other : best)));
}

const KEYS = {
  ArrowDown: () => step(1, 0),
  ArrowUp: () => step(-1, 0),
  ArrowRight: () => step(0, 1),
  ArrowLeft: () => step(0, -1),
  PageDown: () => step(10, 0),
  PageUp: () => step(-10, 0),
  Home: () => step(-Infinity, 0),
  End: () => step(Infinity, 0),
  Enter: () => active && reveal(active),
  Escape: () => activate(null),
  "+": () => zoomBy(0.5),
  "=": () => zoomBy(0.5),
  "-": () => zoomBy(2),
  0: () => zoomTo(0, 1),
};

function startPointer() {
  const scroller = at("scroller");
  scroller.addEventListener(
    "scroll",
    () => {
      hideTip();
      scrollSoon();
    },
    { passive: true },
  );
  scroller.addEventListener("pointermove", (event) => {
    const instance = instanceAt(event);
    scroller.classList.toggle("over", instance !== null);
    if (instance) showTip(instance, event.clientX, event.clientY);
    else hideTip();
  });
  scroller.addEventListener("pointerleave", hideTip);
  scroller.addEventListener("click", (event) => {
    const instance = instanceAt(event);
    if (instance) reveal(instance);
  });
  scroller.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      const x = event.clientX - at("bars").getBoundingClientRect().left - plot.left;
      zoomBy(event.deltaY > 0 ? 1.25 : 0.8, Math.min(1, Math.max(0, x / plot.width)));
    },
    { passive: false },
  );
  scroller.addEventListener("keydown", (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  scroller.addEventListener("blur", () => activate(null));
}
