// What the reader chose to see. It stands in the address after `#`, so that a reload keeps it and a
// link to the page carries it.

const view = {
  query: "",
  outcomes: new Set(),
  only: "all",
  cause: null,
  theme: "",
  tab: "instances",
  sort: "order",
  descending: false,
  page: 0,
  open: new Set(),
  from: 0,
  to: 1,
};

let shown = instances;
const listeners = [];

const haystacks = instances.map(({ place, stack, name, status, look, cause }) =>
  [
    place.environment,
    place.account,
    place.accountId,
    place.region,
    stack,
    name,
    status,
    word(look),
    cause,
  ]
    .join("\n")
    .toLowerCase(),
);

function matches(instance, words) {
  if (view.outcomes.size > 0 && !view.outcomes.has(instance.look)) return false;
  if (view.only === "failed" && isGood(instance)) return false;
  if (view.only === "critical" && !critical.has(instance)) return false;
  if (view.cause !== null && !view.cause.members.has(instance.index)) return false;
  return words.every((word) => haystacks[instance.index].includes(word));
}

// Changes the view and shows it.
function look(changes) {
  Object.assign(view, { page: 0 }, changes);
  const words = view.query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  shown = instances.filter((instance) => matches(instance, words));
  remember();
  listeners.forEach((show) => show());
}

const isNarrowed = () =>
  view.query !== "" || view.outcomes.size > 0 || view.only !== "all" || view.cause !== null;

function remember() {
  const kept = new URLSearchParams();
  if (view.query) kept.set("q", view.query);
  if (view.outcomes.size) kept.set("outcome", [...view.outcomes].join(","));
  if (view.only !== "all") kept.set("only", view.only);
  if (view.tab !== "instances") kept.set("tab", view.tab);
  if (view.theme) kept.set("theme", view.theme);
  const hash = kept.toString();
  if (hash !== location.hash.slice(1)) history.replaceState(null, "", `#${hash}`);
}

function recalled() {
  const kept = new URLSearchParams(location.hash.slice(1));
  const oneOf = (name, values, otherwise) =>
    values.includes(kept.get(name)) ? kept.get(name) : otherwise;
  const outcomes = (kept.get("outcome") ?? "").split(",").filter((name) => LOOKS.includes(name));
  return {
    query: kept.get("q") ?? "",
    outcomes: new Set(outcomes),
    only: oneOf("only", ["all", "failed", "critical"], "all"),
    tab: oneOf("tab", ["instances", "outputs"], "instances"),
    theme: oneOf("theme", ["light", "dark"], ""),
  };
}

function toggleOutcome(outcome) {
  const outcomes = new Set(view.outcomes);
  if (!outcomes.delete(outcome)) outcomes.add(outcome);
  look({ outcomes });
}
