// The table of stack instances, a page at a time: a hundred rows are read, ten thousand searched.

const PAGE_ROWS = 100;
const MOST_PRINTED = 2000;
const collator = new Intl.Collator("en", { numeric: true });
const byText = (read) => (a, b) => collator.compare(read(a), read(b));

const COLUMNS = [
  {
    key: "outcome",
    text: "Outcome",
    compare: (a, b) => SEVERITY.indexOf(a.look) - SEVERITY.indexOf(b.look),
  },
  {
    key: "account",
    text: "Account",
    compare: byText(({ place }) => `${place.environment}/${place.account}`),
  },
  { key: "region", text: "Region", compare: byText(({ place }) => place.region) },
  { key: "stack", text: "Stack", compare: byText(({ stack }) => stack) },
  { key: "status", text: "Status", compare: byText(({ status }) => status) },
  {
    key: "start",
    text: "Start",
    number: true,
    compare: (a, b) => (a.since ?? Infinity) - (b.since ?? Infinity) || 0,
  },
  { key: "duration", text: "Duration", number: true, compare: (a, b) => a.duration - b.duration },
];

function sorted() {
  const column = COLUMNS.find(({ key }) => key === view.sort);
  if (!column) return shown;
  const sign = view.descending ? -1 : 1;
  return [...shown].sort((a, b) => sign * column.compare(a, b) || a.index - b.index);
}

// The items of the page that is shown.
function page(items) {
  const rows = view.printing ? MOST_PRINTED : PAGE_ROWS;
  const last = Math.max(0, Math.ceil(items.length / rows) - 1);
  view.page = Math.min(view.page, last);
  drawPager(items.length, rows, last);
  return items.slice(view.page * rows, (view.page + 1) * rows);
}

function drawPager(count, rows, last) {
  const turn = (by, text, name) =>
    h(
      "button",
      {
        type: "button",
        "aria-label": name,
        disabled: view.page + by < 0 || view.page + by > last,
        onclick: () => {
          view.page += by;
          drawTable();
        },
      },
      text,
    );
  const first = view.page * rows + 1;
  const text =
    count === 0
      ? "none"
      : `${first.toLocaleString("en")}–${Math.min(count, first + rows - 1).toLocaleString("en")} of ${count.toLocaleString("en")}`;
  at("pager").replaceChildren(
    h("span", {}, text),
    ...(last > 0 ? [turn(-1, "‹", "Previous page"), turn(1, "›", "Next page")] : []),
  );
}

function drawTable() {
  choiceOfTabs();
  at("exports").replaceChildren();
  if (view.tab === "outputs") drawOutputs();
  else drawInstances();
}

function choiceOfTabs() {
  const outputs = shown.reduce((sum, instance) => sum + instance.outputs.length, 0);
  const tab = (value, text, count) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        "data-value": value,
        "aria-selected": String(view.tab === value),
        "aria-controls": "panel",
        onclick: () => look({ tab: value }),
      },
      text,
      h("small", {}, count.toLocaleString("en")),
    );
  at("tabs").replaceChildren(
    tab("instances", "Stack instances", shown.length),
    tab("outputs", "Outputs", outputs),
  );
}

function drawInstances() {
  at("table").className = "instances";
  at("table").tHead.replaceChildren(h("tr", {}, COLUMNS.map(heading)));
  const rows = page(sorted()).flatMap((instance) =>
    view.open.has(instance) ? [row(instance), details(instance)] : [row(instance)],
  );
  if (rows.length === 0)
    rows.push(
      h(
        "tr",
        {},
        h("td", { class: "none", colspan: COLUMNS.length }, "No stack instance is like that."),
      ),
    );
  at("table").tBodies[0].replaceChildren(...rows);
}

function heading({ key, text, number }) {
  const isSorted = view.sort === key;
  const sort = () => {
    if (isSorted && view.descending) look({ sort: "order", descending: false });
    else look({ sort: key, descending: isSorted });
  };
  const arrow = !isSorted ? "" : view.descending ? " ↓" : " ↑";
  return h(
    "th",
    {
      scope: "col",
      class: `${key}${number ? " number" : ""}`,
      "aria-sort": isSorted ? (view.descending ? "descending" : "ascending") : null,
    },
    h("button", { type: "button", onclick: sort }, text + arrow),
  );
}

function row(instance) {
  const { place } = instance;
  const isOpen = view.open.has(instance);
  const toggle = () => {
    if (!view.open.delete(instance)) view.open.add(instance);
    drawTable();
    document.querySelector(`tr[data-index="${instance.index}"] .opener`)?.focus();
  };
  const opener = h(
    "button",
    {
      type: "button",
      class: "opener",
      "aria-expanded": String(isOpen),
      "aria-label": `Details of ${label(instance)}`,
    },
    isOpen ? "▾" : "▸",
  );
  return h(
    "tr",
    {
      class: isOpen ? "open" : null,
      "data-index": instance.index,
      onclick: (event) => {
        if (getSelection().isCollapsed && !event.target.closest("a")) toggle();
      },
    },
    h("td", { class: "outcome" }, opener, badge(instance.look)),
    h(
      "td",
      { class: "account" },
      several ? h("span", { class: "soft" }, `${place.environment} / `) : null,
      place.account,
      " ",
      h("span", { class: "id" }, place.accountId),
    ),
    h("td", { class: "region" }, place.region),
    h(
      "td",
      { class: "stack" },
      instance.stack,
      critical.has(instance)
        ? h("span", { class: "on-path", title: "on the critical path" }, "critical")
        : null,
      instance.cause && !isOpen
        ? h("div", { class: `cause ${instance.look}` }, instance.cause)
        : null,
    ),
    h("td", { class: "status" }, instance.status || "–"),
    h("td", { class: "start number" }, instance.since === null ? "–" : spoken(instance.since)),
    h(
      "td",
      { class: "duration number" },
      instance.since === null ? "–" : spoken(instance.duration),
    ),
  );
}

function details(instance) {
  const { failure, place } = instance;
  const fact = (name, ...value) => [h("dt", {}, name), h("dd", {}, ...value)];
  const copyable = (value, name) => [h("code", {}, value), " ", copier(value, name)];
  const facts = [
    ...(failure
      ? fact(isGood(instance) ? "Note" : "Cause", h("span", { class: "message" }, instance.cause))
      : []),
    ...(failure?.resource ? fact("Resource", h("code", {}, failure.resource)) : []),
    ...(failure?.help ? fact("Remedy", failure.help) : []),
    ...instance.notes.flatMap((note) => fact("Worth knowing", note)),
    ...(instance.name !== instance.stack ? fact("Stack name", h("code", {}, instance.name)) : []),
    ...(instance.stackId ? fact("Stack id", ...copyable(instance.stackId, "the stack id")) : []),
    ...(place.wave > 0 ? fact("Wave", String(place.wave)) : []),
    ...(instance.since === null
      ? []
      : fact("Time", `${clock(instance.since)} – ${clock(instance.end)}`)),
    ...instance.outputs.flatMap(([name, value]) => fact(name, ...copyable(value, name))),
  ];
  return h("tr", { class: "details" }, h("td", { colspan: COLUMNS.length }, h("dl", {}, ...facts)));
}

// Shows one stack instance in the table, wherever it stands there.
function reveal(instance) {
  view.open.add(instance);
  view.tab = "instances";
  view.page = Math.floor(sorted().indexOf(instance) / PAGE_ROWS);
  drawTable();
  hideTip();
  const found = document.querySelector(`tr[data-index="${instance.index}"]`);
  found?.scrollIntoView({ block: "center" });
  found?.querySelector(".opener").focus({ preventScroll: true });
}
