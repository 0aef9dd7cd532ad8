// The profile of the run: how many stack instances were in flight on average, by how they ended. A drag over it
// chooses a span of time for the chart.

const LAYERS = [
  "unchanged",
  "created",
  "updated",
  "deleted",
  "moving",
  "rolled-back",
  "skipped",
  "failed",
];
const PROFILE_HEIGHT = 52;

function profile(columns) {
  const layers = LAYERS.map(() => new Float64Array(columns + 2));
  // What changes from one column to the next, so that a long bar costs no more than a short one: from
  // `at` on there is one more, in the column of `at` only as much of it as is left.
  const shift = (layer, at, by) => {
    const place = Math.min(columns, (at / total) * columns);
    const column = Math.floor(place);
    layer[column] += by * (column + 1 - place);
    layer[column + 1] += by * (place - column);
  };
  for (const { look, since, end } of shown) {
    if (since === null) continue;
    const layer = layers[LAYERS.indexOf(look)];
    shift(layer, since, 1);
    shift(layer, end, -1);
  }
  layers.forEach((layer) =>
    layer.forEach((_, at) => {
      if (at > 0) layer[at] += layer[at - 1];
    }),
  );
  return layers;
}

// The most that were in flight at the same moment.
function mostAtOnce() {
  const started = shown.filter(({ since }) => since !== null);
  const starts = Float64Array.from(started, ({ since }) => since).sort();
  const ends = Float64Array.from(started, ({ end }) => end).sort();
  let [most, ended] = [0, 0];
  starts.forEach((start, begun) => {
    while (ends[ended] <= start && ended <= begun) ended += 1;
    most = Math.max(most, begun + 1 - ended);
  });
  return most;
}

function drawOverview() {
  const svg = at("overview");
  const wide = plot.width;
  const columns = Math.max(20, Math.min(400, Math.floor(wide / 3)));
  const layers = profile(columns);
  const peak = mostAtOnce();
  const inset = (MARGIN / (1 + 2 * MARGIN)) * wide;
  const x = (column) => (plot.left + inset + (column / columns) * (wide - 2 * inset)).toFixed(1);
  const y = (count) =>
    (PROFILE_HEIGHT - (count / Math.max(1, peak)) * (PROFILE_HEIGHT - 4)).toFixed(1);
  const base = new Float64Array(columns);
  const areas = layers.map((layer, which) => {
    let up = "";
    let down = "";
    for (let at = 0; at < columns; at += 1) {
      const [low, high] = [base[at], base[at] + layer[at]];
      up += `${at ? "L" : "M"}${x(at)} ${y(high)}H${x(at + 1)}`;
      down = `L${x(at + 1)} ${y(low)}H${x(at)}${down}`;
      base[at] = high;
    }
    return s("path", { class: `area ${LAYERS[which]}`, d: `${up}${down}Z` });
  });
  const left = +x(view.from * columns);
  const right = +x(view.to * columns);
  const end = plot.left + wide;
  const chosen =
    view.from > 0 || view.to < 1
      ? [
          s("rect", {
            class: "shade",
            x: plot.left,
            y: 0,
            width: Math.max(0, left - plot.left),
            height: PROFILE_HEIGHT,
          }),
          s("rect", {
            class: "shade",
            x: right,
            y: 0,
            width: Math.max(0, end - right),
            height: PROFILE_HEIGHT,
          }),
          s("path", {
            class: "edge",
            d: `M${left} 0V${PROFILE_HEIGHT}M${right} 0V${PROFILE_HEIGHT}`,
          }),
        ]
      : [];
  svg.setAttribute("height", PROFILE_HEIGHT + 1);
  svg.setAttribute(
    "aria-label",
    `Stack instances in flight over ${spoken(total)}, at most ${peak} at once`,
  );
  svg.replaceChildren(
    s("line", {
      class: "rule",
      x1: plot.left,
      x2: end,
      y1: PROFILE_HEIGHT + 0.5,
      y2: PROFILE_HEIGHT + 0.5,
    }),
    ...areas,
    ...chosen,
    s("text", { class: "axis-text", x: 0, y: 13 }, "in flight"),
    s("text", { class: "axis-text strong", x: 0, y: 30 }, `${peak.toLocaleString("en")} at most`),
  );
}

// The part of the run under the pointer.
function partAt(event) {
  const box = at("overview").getBoundingClientRect();
  const inset = (MARGIN / (1 + 2 * MARGIN)) * plot.width;
  return Math.min(
    1,
    Math.max(0, (event.clientX - box.left - plot.left - inset) / (plot.width - 2 * inset)),
  );
}

function startOverview() {
  const svg = at("overview");
  let anchor = null;
  svg.addEventListener("pointerdown", (event) => {
    anchor = partAt(event);
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener("pointermove", (event) => {
    const to = partAt(event);
    if (anchor !== null && Math.abs(to - anchor) > 0.004)
      zoomTo(Math.min(anchor, to), Math.max(anchor, to));
  });
  svg.addEventListener("pointerup", () => {
    anchor = null;
  });
  svg.addEventListener("dblclick", () => zoomTo(0, 1));
}
