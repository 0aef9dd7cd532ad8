// Time to pixels and back. `view.from` and `view.to` are the span that is shown, in parts of the run.

const total = Math.max(run.duration_ms, 1);
const MARGIN = 0.012;
const SHORTEST = Math.min(1, 50 / total);

const plot = { left: 0, width: 100 };

const span = () => ({
  from: (view.from - MARGIN * (view.to - view.from)) * total,
  to: (view.to + MARGIN * (view.to - view.from)) * total,
});

// Where a moment stands, from the left of the plot.
function xOf(ms) {
  const { from, to } = span();
  return ((ms - from) / (to - from)) * plot.width;
}

// Shows `from` to `to`, kept within the run.
function zoomTo(from, to) {
  const size = Math.min(1, Math.max(SHORTEST, to - from));
  const start = Math.min(1 - size, Math.max(0, from));
  Object.assign(view, { from: start, to: start + size });
  drawSoon();
}

// Zooms by a factor around a place, which is a part of what is shown.
function zoomBy(factor, place = 0.5) {
  const size = view.to - view.from;
  const fixed = view.from + size * place;
  zoomTo(fixed - size * factor * place, fixed + size * factor * (1 - place));
}

const STEPS = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400,
];

// The moments that the axis names, about a hundred pixels apart.
function ticks() {
  const { from, to } = span();
  const wanted = (to - from) / Math.max(2, plot.width / 96) / 1000;
  const step = (STEPS.find((seconds) => seconds >= wanted) ?? STEPS.at(-1)) * 1000;
  const moments = [];
  for (let at = Math.max(0, Math.ceil(from / step)) * step; at <= to; at += step)
    moments.push(Math.round(at));
  return moments;
}

// A moment on the axis: 0, 30s, 1m 30s, 1h 05m.
function moment(ms) {
  if (ms === 0) return "0";
  if (ms < 60000) return `${ms / 1000}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600)
    return seconds % 60
      ? `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, "0")}s`
      : `${seconds / 60}m`;
  return seconds % 3600
    ? `${Math.floor(seconds / 3600)}h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, "0")}m`
    : `${seconds / 3600}h`;
}
