// The Gantt chart. Only the rows in sight are drawn, so that its size is that of the window and not
// that of the fleet.

let active = null;
// Draws once in the next frame, however often it is asked.
function soon(draw) {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      draw();
    });
  };
}

const drawSoon = soon(() => drawTime());
const scrollSoon = soon(() => drawBars());

function drawChart() {
  arrange();
  measure();
  at("spacer").style.height = `${layout.height}px`;
  at("scroller").style.maxHeight = view.printing ? "none" : "";
  drawTime();
}

// Draws all that depends on the span of time that is shown.
function drawTime() {
  drawOverview();
  drawAxis();
  drawBars();
}

function measure() {
  const wide = at("chart").clientWidth;
  const names = layout.rows.map((row) => (row.place ? rowName(row.place) : ""));
  const longest = names.reduce(
    (longest, name) => (name.length > longest.length ? name : longest),
    "",
  );
  const most = Math.min(240, wide * 0.3);
  const label = layout.density.text
    ? Math.min(most, Math.max(90, width(longest, 12) * 1.08 + 16))
    : 90;
  plot.left = label + layout.gutter;
  plot.width = Math.max(60, at("scroller").clientWidth - plot.left);
}

const severalRegions = new Set(places.map((place) => place.region)).size > 1;
const rowName = (place) => (severalRegions ? `${place.account}  ${place.region}` : place.account);

function drawAxis() {
  const svg = at("axis");
  svg.setAttribute("height", 20);
  svg.replaceChildren(
    ...ticks().map((ms) =>
      s(
        "text",
        {
          class: "axis-text",
          x: plot.left + xOf(ms),
          y: 13,
          "text-anchor": ms === 0 ? "start" : "middle",
        },
        moment(ms),
      ),
    ),
  );
}

function drawBars() {
  const scroller = at("scroller");
  const top = view.printing ? 0 : scroller.scrollTop;
  const height = view.printing
    ? layout.height
    : Math.min(scroller.clientHeight || 600, layout.height);
  const svg = at("bars");
  svg.setAttribute("height", height);
  svg.style.setProperty("--text-size", `${layout.density.text}px`);
  const inner = s("svg", { class: "plot", x: plot.left, y: 0, width: plot.width, height });
  const outer = [];
  inner.append(
    ...ticks().map((ms) =>
      s("line", { class: "grid", x1: xOf(ms), x2: xOf(ms), y1: 0, y2: height }),
    ),
  );
  for (let at = rowAt(top); at < layout.rows.length && layout.rows[at].y < top + height; at += 1) {
    drawRow(layout.rows[at], layout.rows[at].y - top, outer, inner);
  }
  drawPath(inner, top);
  svg.replaceChildren(patterns(), inner, ...outer);
}

function drawRow(row, y, outer, inner) {
  const { density } = layout;
  if (row.title) {
    const { name, rest, bad } = row.title;
    inner.append(s("rect", { class: "clear", x: 0, y, width: plot.width, height: row.h - 1 }));
    outer.push(
      s(
        "text",
        { class: "group", x: 0, y: y + row.h - 9 },
        name,
        s("tspan", { class: "soft", dx: 10 }, rest),
        s("tspan", { class: "bad", dx: 10 }, bad),
      ),
    );
    return;
  }
  if (density.text) {
    const text = fitting(rowName(row.place), 12, plot.left - layout.gutter - 12);
    outer.push(s("text", { class: "row-name", x: 0, y: y + density.lane / 2 + 4 }, text));
    outer.push(
      s("line", {
        class: "grid",
        x1: 0,
        x2: plot.left + plot.width,
        y1: y + row.h - 0.5,
        y2: y + row.h - 0.5,
      }),
    );
  }
  outer.push(...idleMarks(row, y));
  row.started.forEach((instance) => drawBar(instance, y, inner));
}

// What never started has no place in time: it stands between the name and the time. Of many, the
// last mark counts the rest.
function idleMarks({ idle }, y) {
  const drawn = idle.length > MOST_IDLE ? idle.slice(0, MOST_IDLE - 1) : idle;
  const marks = drawn.map((instance, at) => idleMark(instance, at, y));
  if (drawn.length < idle.length && layout.density.text) {
    const x = plot.left - layout.gutter + drawn.length * glyphWidth();
    const rest = `+${idle.length - drawn.length}`;
    marks.push(s("text", { class: "axis-text", x, y: y + layout.density.lane / 2 + 4 }, rest));
  }
  return marks;
}

function idleMark(instance, at, y) {
  const { lane, text } = layout.density;
  const x = plot.left - layout.gutter + at * glyphWidth();
  if (!text)
    return s("rect", {
      class: `bar ${instance.look}`,
      x,
      y,
      width: 3,
      height: lane,
      "data-index": instance.index,
    });
  return s(
    "text",
    {
      class: `idle ${instance.look}${mark(instance)}`,
      x,
      y: y + lane / 2 + 4,
      "data-index": instance.index,
    },
    GLYPHS[instance.look],
  );
}

const mark = (instance) =>
  `${critical.has(instance) ? " critical" : ""}${instance === active ? " active" : ""}`;

function box(instance) {
  const { row, lane } = layout.bars.get(instance);
  const { density } = layout;
  const x = xOf(instance.since);
  const wide = xOf(instance.end) - x;
  // A hair between a bar and the next that begins where it ends.
  return {
    x,
    y: row.y + lane * density.lane,
    width: Math.max(2, wide > 5 ? wide - 1 : wide),
    height: density.lane - (density.text ? 2 : 0),
  };
}

function drawBar(instance, rowY, inner) {
  const { row } = layout.bars.get(instance);
  const { x, width: wide, height, y: absolute } = box(instance);
  if (x + wide < 0 || x > plot.width) return;
  const y = absolute - row.y + rowY;
  const [left, right] = [Math.max(x, -8), Math.min(x + wide, plot.width + 8)];
  inner.append(
    s("rect", {
      class: `bar ${instance.look}${mark(instance)}`,
      x: left,
      y,
      width: right - left,
      height,
      rx: layout.density.text ? 2 : 0,
      "data-index": instance.index,
    }),
  );
  const size = layout.density.text;
  const text = `${GLYPHS[instance.look]} ${instance.stack}`;
  const room = Math.min(right, plot.width) - Math.max(left, 0) - 8;
  if (!size || room < 8) return;
  const said = fitting(text, size, room);
  inner.append(
    s(
      "text",
      {
        class: `bar-text ${instance.look}`,
        x: Math.max(left, 0) + 4,
        y: y + height / 2 + size * 0.36,
      },
      said.length > 5 || said === text ? said : GLYPHS[instance.look],
    ),
  );
}

// From the end of each step of the critical path to the start of the next.
function drawPath(inner, top) {
  const on = criticalPath.filter((instance) => layout.bars.has(instance));
  for (let step = 1; step < on.length; step += 1) {
    const [from, to] = [box(on[step - 1]), box(on[step])];
    const x = from.x + from.width;
    const y = (bar) => bar.y + bar.height / 2 - top;
    if (Math.max(y(from), y(to)) < -50 && Math.min(y(from), y(to)) > 5000) continue;
    inner.append(s("path", { class: "path", d: `M${x} ${y(from)}H${Math.max(x, to.x)}V${y(to)}` }));
  }
}

// How outcomes differ without colour.
function patterns() {
  const pattern = (look, d, size) =>
    s(
      "pattern",
      { id: `fill-${look}`, width: size, height: size, patternUnits: "userSpaceOnUse" },
      s("rect", { class: `ground ${look}`, width: size, height: size }),
      s("path", { class: "figure", d }),
    );
  return s(
    "defs",
    {},
    pattern("failed", "M-1 7L7 -1M-1 1L1 -1M5 7L7 5", 6),
    pattern("rolled-back", "M-1 -1L7 7M-1 5L1 7M5 -1L7 1", 6),
    pattern("updated", "M1 1h1v1h-1zM4 4h1v1h-1z", 6),
    pattern("moving", "M1.5 0V4", 4),
  );
}
