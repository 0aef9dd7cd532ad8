// What stands around the chart and the table: head, filters, failures, the critical path, calls.

function drawHead() {
  at("run").textContent = run.run ?? "no run";
  at("subject").textContent = [run.operation ?? "run", run.environments.join(", ")].join(" ");
  at("result").textContent = run.complete ? run.result.replace("-", " ") : "broke off";
  at("result").className = `result ${run.complete ? run.result : "unfinished"}`;
  at("broken").hidden = run.complete;
  at("broken").textContent = "The record ends before the run did: what stands here is as far as it is known. CloudFormation goes on by itself with what was moving.";
  const accounts = new Set([...places.map((place) => place.accountId), ...run.refused.map((refused) => refused[2])]);
  const local = new Date(begun);
  const zone = new Intl.DateTimeFormat("en", { timeZoneName: "short" }).formatToParts(local).find(({ type }) => type === "timeZoneName")?.value;
  const facts = [
    ["Duration", spoken(run.duration_ms)],
    ["Accounts", accounts.size.toLocaleString("en")],
    ["Stack instances", instances.length.toLocaleString("en")],
    ["Started", run.started ? [h("time", { datetime: run.started }, `${run.started.slice(0, 19).replace("T", " ")} UTC`),
      h("small", {}, zone === "UTC" ? "" : `${local.toLocaleString(undefined, { hour12: false })} ${zone}`)] : "never"],
    ["Exit code", String(run.exit_code)],
  ];
  at("facts").replaceChildren(...facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, ...[value].flat()))));
  at("proportions").replaceChildren(...LOOKS.filter((look) => counts.has(look)).map((look) => {
    const part = h("i", { class: look });
    part.style.flexGrow = counts.get(look);
    return part;
  }));
  at("colophon").textContent = `xdeploy ${run.version} · events of schema ${run.schema}`;
}

const counts = new Map();
instances.forEach(({ look }) => counts.set(look, (counts.get(look) ?? 0) + 1));

function drawFilters() {
  choice(at("only"), [["all", "All"], ["failed", "Not done", "what failed, was skipped or rolled back"], ["critical", "Critical path", "what the run's length is made of"]], view.only, (only) => look({ only }));
  at("outcomes").replaceChildren(...LOOKS.filter((outcome) => counts.has(outcome)).map((outcome) =>
    h("button", { type: "button", class: `chip ${outcome}`, "data-outcome": outcome, "aria-pressed": String(view.outcomes.has(outcome)), onclick: () => toggleOutcome(outcome) },
      h("i", { "aria-hidden": "true" }, GLYPHS[outcome]), `${word(outcome)} `, h("b", {}, counts.get(outcome).toLocaleString("en")))));
  at("cause").hidden = view.cause === null;
  at("cause").textContent = view.cause === null ? "" : `cause: ${view.cause.title}`;
  at("shown").textContent = isNarrowed() ? `${shown.length.toLocaleString("en")} of ${instances.length.toLocaleString("en")}` : "";
  at("clear").hidden = !isNarrowed();
  if (at("search").value !== view.query) at("search").value = view.query;
}

const FEW = 3;
const MOST_CLUSTERS = 20;

function drawFailures(all = false) {
  const list = at("clusters");
  list.replaceChildren(...run.clusters.slice(0, all ? undefined : MOST_CLUSTERS).map(cluster));
  if (!all && run.clusters.length > MOST_CLUSTERS) {
    list.append(h("li", { class: "more" }, h("button", { type: "button", onclick: () => drawFailures(true) }, `${counted(run.clusters.length - MOST_CLUSTERS, "more cause")}`)));
  }
  const left = counts.get("moving") ?? 0;
  at("left").hidden = left === 0;
  at("left").textContent = `${counted(left, "stack instance")} still moving when the run was left: CloudFormation goes on by itself.`;
  const skipped = counts.get("skipped") ?? 0;
  at("failures").hidden = run.clusters.length + left + skipped === 0;
  at("not-started").hidden = skipped === 0;
  at("not-started").textContent = `${counted(skipped, "stack instance")} not started: ${reasons()}.`;
}

const REASONS = {
  "need-failed": "what they need did not succeed", "wave-stopped": "the rollout stopped", cancelled: run.complete ? "the run was cancelled" : "the run broke off before",
  "environment-failed": "the environment before did not succeed", "output-missing": "an output that they need is missing",
};

function reasons() {
  const kinds = new Map();
  for (const { outcome, failure } of instances) {
    if (outcome === "skipped") kinds.set(failure?.kind, (kinds.get(failure?.kind) ?? 0) + 1);
  }
  const told = [...kinds].map(([kind, count]) => [count, REASONS[kind] ?? "their account could not be entered"]);
  return told.map(([count, reason]) => (told.length > 1 ? `${count.toLocaleString("en")} because ${reason}` : reason)).join(", ");
}

function cluster({ title, accounts, names, message, help, members }) {
  const item = h("li", {});
  const list = h("span", { class: "names" });
  const draw = (all) => {
    const rest = names.length - FEW - 1;
    list.replaceChildren(names.slice(0, all || rest < 1 ? undefined : FEW).join(", "));
    if (!all && rest >= 1) list.append(" ", h("button", { type: "button", class: "link", onclick: () => draw(true) }, `and ${(rest + 1).toLocaleString("en")} more`));
  };
  draw(false);
  const show = () => {
    look({ cause: { title, members: new Set(members) } });
    at("filters").scrollIntoView();
  };
  item.append(
    h("div", { class: "count" }, h("b", {}, accounts.toLocaleString("en")), accounts === 1 ? "account" : "accounts"),
    h("div", {},
      h("h3", {}, title), h("p", {}, list),
      message && message !== title ? h("p", { class: "message" }, message) : null,
      help ? h("p", { class: "help" }, h("b", {}, "Remedy "), help) : null,
      members.length ? h("button", { type: "button", class: "link", onclick: show }, `show ${counted(members.length, "stack instance")}`) : null));
  return item;
}

function drawPathLine() {
  const line = at("path");
  line.hidden = criticalPath.length === 0;
  const spent = criticalPath.reduce((sum, { duration }) => sum + duration, 0);
  line.replaceChildren(
    h("h3", {}, "Critical path"),
    h("span", { class: "soft" }, ` ${counted(criticalPath.length, "step")}, ${spoken(spent)} of ${spoken(run.duration_ms)}`),
    h("ol", {}, ...criticalPath.map((instance) => h("li", {},
      h("button", { type: "button", class: "link", onclick: () => { look({ query: "", outcomes: new Set(), only: "all", cause: null }); reveal(instance); } }, label(instance)),
      " ", h("span", { class: "soft" }, spoken(instance.duration))))));
}

function drawCalls() {
  const calls = Object.entries(run.api_calls).sort((a, b) => b[1] - a[1]);
  const sum = calls.reduce((sum, [, count]) => sum + count, 0);
  const most = calls[0]?.[1] ?? 1;
  at("calls").hidden = calls.length === 0;
  const each = instances.length ? `, ${(sum / instances.length).toFixed(2)} per stack instance` : "";
  const throttled = run.throttled ? `${run.throttled.toLocaleString("en")} answered with throttling (${(run.throttled / sum * 100).toFixed(1)} %)` : "none throttled";
  at("calls-line").textContent = `${counted(sum, "call")}${each}; ${throttled}.`;
  at("calls-table").tHead.replaceChildren(h("tr", {}, h("th", { scope: "col" }, "Call"), h("th", { scope: "col", class: "number" }, "Count"), h("th", { scope: "col", class: "number" }, "Per stack instance"), h("th", { "aria-hidden": "true" })));
  at("calls-table").tBodies[0].replaceChildren(...calls.map(([name, count]) => {
    const share = h("i", {});
    share.style.width = `${count / most * 100}%`;
    return h("tr", {}, h("td", {}, name), h("td", { class: "number" }, count.toLocaleString("en")),
      h("td", { class: "number" }, instances.length ? (count / instances.length).toFixed(2) : "–"), h("td", { class: "share", "aria-hidden": "true" }, share));
  }));
}
