// Where everything stands in the chart: a row per account and Region, in lanes where stacks of a row
// overlap in time, under headings for environments and waves.

const DENSITIES = {
  large: { lane: 18, pad: 6, text: 11, heading: 30 },
  medium: { lane: 14, pad: 3, text: 10, heading: 28 },
  small: { lane: 3, pad: 1, text: 0, heading: 24 },
};

// How many marks of what never started a row has room for.
const MOST_IDLE = 6;

const layout = { rows: [], height: 0, density: DENSITIES.large, gutter: 0, bars: new Map() };
// How tall rows are: as the reader chose, or else as few of them as there are.
const density = () =>
  view.density ?? (new Set(shown.map(({ place }) => place)).size <= 12 ? "large" : "medium");

function arrange() {
  const rows = new Map();
  for (const instance of shown) {
    const { place } = instance;
    if (!rows.has(place)) rows.set(place, { place, started: [], idle: [] });
    rows.get(place)[instance.since === null ? "idle" : "started"].push(instance);
  }
  const groups = grouped([...rows.values()]);
  Object.assign(layout, { rows: [], height: 0, density: DENSITIES[density()] });
  layout.bars.clear();
  for (const group of groups) {
    if (groups.length > 1 || several) addRow({ title: title(group), h: layout.density.heading });
    group.rows.forEach((row) => {
      const lanes = intoLanes(row.started);
      addRow({ ...row, lanes, h: Math.max(1, lanes) * layout.density.lane + layout.density.pad });
    });
  }
  const most = layout.rows.reduce((most, row) => Math.max(most, row.idle?.length ?? 0), 0);
  layout.gutter = most === 0 ? 0 : Math.min(MOST_IDLE, most) * glyphWidth() + 10;
}

const glyphWidth = () => (layout.density.text ? 11 : 4);

function addRow(row) {
  row.y = layout.height;
  layout.height += row.h;
  layout.rows.push(row);
  row.started?.forEach((instance) => (layout.bars.get(instance).row = row));
  row.idle?.forEach((instance) => layout.bars.set(instance, { row, lane: 0 }));
}

// Environments in their order, waves as they came in time: a deletion takes them backwards.
function grouped(rows) {
  const groups = new Map();
  for (const row of rows) {
    const { environment, wave } = row.place;
    const key = `${environment}/${wave}`;
    if (!groups.has(key)) groups.set(key, { environment, wave, rows: [], first: Infinity });
    const group = groups.get(key);
    group.rows.push(row);
    row.started.forEach(({ since }) => {
      group.first = Math.min(group.first, since);
    });
  }
  const order = ({ environment }) => run.environments.indexOf(environment);
  return [...groups.values()].sort(
    (a, b) => order(a) - order(b) || (a.first === b.first ? a.wave - b.wave : a.first - b.first),
  );
}

// Gives each bar the first lane that is free when it starts, and returns how many there are.
function intoLanes(started) {
  const ends = [];
  [...started]
    .sort((a, b) => a.since - b.since || a.index - b.index)
    .forEach((instance) => {
      const free = ends.findIndex((end) => end <= instance.since);
      const lane = free < 0 ? ends.length : free;
      ends[lane] = Math.max(instance.end, instance.since + 1);
      layout.bars.set(instance, { lane });
    });
  return ends.length;
}

function title({ environment, wave, rows }) {
  const all = rows.flatMap((row) => [...row.started, ...row.idle]);
  const bad = all.filter((instance) => instance.look === "failed").length;
  const name = [several && environment, wave > 0 && `wave ${wave}`].filter(Boolean).join(" · ");
  const ended = all.reduce((last, { end }) => Math.max(last, end ?? 0), 0);
  const first = all.reduce((first, { since }) => Math.min(first, since ?? Infinity), Infinity);
  const places = counted(new Set(rows.map((row) => row.place.accountId)).size, "account");
  const took = first < Infinity ? ` · ${spoken(ended - first)}` : " · not started";
  return { name: name || environment, rest: `${places}${took}`, bad: bad ? `${bad} failed` : "" };
}

// The first row that reaches below `y`.
function rowAt(y) {
  let [low, high] = [0, layout.rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (layout.rows[middle].y + layout.rows[middle].h <= y) low = middle + 1;
    else high = middle;
  }
  return low;
}
