// The head of the page, and the filters that hold for the chart and the table.

function drawHead() {
  at("run").textContent = run.run ?? "no run";
  at("subject").textContent = [run.operation ?? "run", run.environments.join(", ")].join(" ");
  at("result").textContent = run.complete
    ? run.result.replace("-", " ")
    : run.goes_on ? "running" : "unfinished";
  at("result").className = `result ${run.complete ? run.result : "unfinished"}`;
  at("broken").hidden = run.complete && !run.refusal;
  at("broken").textContent = run.refusal
    ? [run.refusal.message, run.refusal.help].filter((text) => text).join(": ")
    : run.goes_on
    ? "The run is still running: this is how it stood when the page was made."
    : "The record ends before the run did: what stands here is as far as it is known. CloudFormation continues by itself with what was moving.";
  const accounts = new Set([
    ...places.map((place) => place.accountId),
    ...run.refused.map((refused) => refused[2]),
  ]);
  const facts = [
    ["Duration", spoken(run.duration_ms)],
    ["Accounts", accounts.size.toLocaleString("en")],
    ["Stack instances", instances.length.toLocaleString("en")],
    ["Started", started()],
    ...(run.exit_code === null ? [] : [["Exit code", String(run.exit_code)]]),
    ...provenance(),
  ];
  at("facts").replaceChildren(
    ...facts.map(([name, value]) =>
      h("div", {}, h("dt", {}, name), h("dd", {}, ...[value].flat())),
    ),
  );
  at("proportions").replaceChildren(
    ...LOOKS.filter((look) => counts.has(look)).map((look) => {
      const part = h("i", { class: look });
      part.style.flexGrow = counts.get(look);
      return part;
    }),
  );
  at("colophon").textContent = `xdeploy ${run.version} · events of schema ${run.schema}`;
}

// Where the run was carried out, by whom, and from what, as far as that is known.
function provenance() {
  const { sandbox, endpoint, caller, command_line, revision, dirty } = run.origin;
  const { pipeline_action, pipeline_execution } = run.origin;
  return [
    ["Place", sandbox ? "the embedded sandbox" : endpoint],
    ["Caller", sandbox ? null : caller],
    ["Pipeline", pipeline_action],
    ["Execution", pipeline_execution],
    ["Revision", revision && revision.slice(0, 12) + (dirty ? " with uncommitted changes" : "")],
    ["Command", command_line.join(" ")],
  ].filter(([, value]) => value);
}

// In UTC, which everybody shares, and where the reader is.
function started() {
  if (!run.started) return "never";
  const local = new Date(begun);
  const zone = new Intl.DateTimeFormat("en", { timeZoneName: "short" })
    .formatToParts(local)
    .find(({ type }) => type === "timeZoneName")?.value;
  const universal = `${run.started.slice(0, 19).replace("T", " ")} UTC`;
  const time = h("time", { datetime: run.started }, universal);
  if (zone === "UTC") return time;
  return [time, h("small", {}, `${local.toLocaleString(undefined, { hour12: false })} ${zone}`)];
}

// How many stack instances look how.
const counts = new Map();
instances.forEach(({ look }) => counts.set(look, (counts.get(look) ?? 0) + 1));

function drawFilters() {
  choice(
    at("only"),
    [
      ["all", "All"],
      ["failed", "Not done", "what failed, was skipped or rolled back"],
      ["critical", "Critical path", "what the run's length is made of"],
    ],
    view.only,
    (only) => look({ only }),
  );
  at("outcomes").replaceChildren(
    ...LOOKS.filter((outcome) => counts.has(outcome)).map((outcome) =>
      h(
        "button",
        {
          type: "button",
          class: `chip ${outcome}`,
          "data-outcome": outcome,
          "aria-pressed": String(view.outcomes.has(outcome)),
          onclick: () => toggleOutcome(outcome),
        },
        h("i", { "aria-hidden": "true" }, GLYPHS[outcome]),
        `${word(outcome)} `,
        h("b", {}, counts.get(outcome).toLocaleString("en")),
      ),
    ),
  );
  at("cause").hidden = view.cause === null;
  at("cause").textContent = view.cause === null ? "" : `cause: ${view.cause.title}`;
  at("shown").textContent = isNarrowed()
    ? `${shown.length.toLocaleString("en")} of ${instances.length.toLocaleString("en")}`
    : "";
  at("clear").hidden = !isNarrowed();
  if (at("search").value !== view.query) at("search").value = view.query;
}
