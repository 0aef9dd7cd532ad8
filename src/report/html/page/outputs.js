// Every output of what is shown, to be copied one by one or all at once.

function drawOutputs() {
  const all = sorted().flatMap((instance) =>
    instance.outputs.map(([name, value]) => ({ instance, name, value })),
  );
  at("table").className = "outputs";
  at("table").tHead.replaceChildren(
    h(
      "tr",
      {},
      ["Account", "Region", "Stack", "Output", "Value"].map((text) =>
        h("th", { scope: "col" }, text),
      ),
    ),
  );
  const rows = page(all).map(({ instance: { place, stack }, name, value }) =>
    h(
      "tr",
      {},
      h(
        "td",
        { class: "account" },
        several ? h("span", { class: "soft" }, `${place.environment} / `) : null,
        place.account,
      ),
      h("td", { class: "region" }, place.region),
      h("td", { class: "stack" }, stack),
      h("td", { class: "name" }, name),
      h("td", { class: "value" }, h("code", {}, value), " ", copier(value, name)),
    ),
  );
  if (rows.length === 0)
    rows.push(h("tr", {}, h("td", { class: "none", colspan: 5 }, "No outputs.")));
  else
    at("exports").append(
      "all as JSON ",
      copier(() => asJson(all), "all outputs as JSON"),
      " as lines ",
      copier(() => asLines(all), "all outputs as lines"),
    );
  at("table").tBodies[0].replaceChildren(...rows);
}

// The tree that `xdeploy outputs --output json` prints.
function asJson(all) {
  const tree = {};
  for (const {
    instance: { place, stack },
    name,
    value,
  } of all) {
    const path = [place.environment, place.account, place.region, stack];
    path.reduce((branch, key) => (branch[key] ??= {}), tree)[name] = value;
  }
  return JSON.stringify(tree, null, 2);
}

// A line per output, apart by tabs.
const asLines = (all) =>
  all
    .map(
      ({ instance: { place, stack }, name, value }) =>
        `${[place.environment, place.account, place.region, stack, name, value].join("\t")}\n`,
    )
    .join("");
