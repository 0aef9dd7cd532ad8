// Failures with one cause as one entry, and what did not come to be because of them.

// How many names stand there before the rest is asked for, and how many causes.
const FEW = 3;
const MOST_CLUSTERS = 20;

function drawFailures(all = false) {
  const list = at("clusters");
  list.replaceChildren(...run.clusters.slice(0, all ? undefined : MOST_CLUSTERS).map(cluster));
  if (!all && run.clusters.length > MOST_CLUSTERS) {
    const more = counted(run.clusters.length - MOST_CLUSTERS, "more cause");
    list.append(
      h(
        "li",
        { class: "more" },
        link(more, () => drawFailures(true)),
      ),
    );
  }
  const left = counts.get("moving") ?? 0;
  at("left").hidden = left === 0;
  at("left").textContent =
    `${counted(left, "stack instance")} still moving when the run was left: CloudFormation continues by itself.`;
  const skipped = counts.get("skipped") ?? 0;
  at("failures").hidden = run.clusters.length + left + skipped === 0;
  at("not-started").hidden = skipped === 0;
  at("not-started").textContent =
    `${counted(skipped, "stack instance")} not started: ${reasons()}.`;
}

const REASONS = {
  "need-failed": "what they need did not succeed",
  "wave-stopped": "the rollout stopped",
  cancelled: run.complete ? "the run was cancelled" : "the run is unfinished",
  "environment-failed": "the environment before did not succeed",
  "output-missing": "an output that they need is missing",
  "no-credentials": "their account could not be entered",
  "wrong-account": "their account could not be entered",
  "role-refused": "their account could not be entered",
};

function reasons() {
  const kinds = new Map();
  for (const { outcome, failure } of instances) {
    if (outcome === "skipped") kinds.set(failure?.kind, (kinds.get(failure?.kind) ?? 0) + 1);
  }
  const told = [...kinds].map(([kind, count]) => [count, REASONS[kind] ?? "something else failed"]);
  return told
    .map(([count, reason]) =>
      told.length > 1 ? `${count.toLocaleString("en")} as ${reason}` : reason,
    )
    .join(", ");
}

function cluster({ title, accounts, names, message, help, members }) {
  const item = h("li", {});
  const list = h("span", { class: "names" });
  const draw = (all) => {
    const rest = names.length - FEW - 1;
    list.replaceChildren(names.slice(0, all || rest < 1 ? undefined : FEW).join(", "));
    if (!all && rest >= 1) {
      list.append(
        " ",
        link(`and ${(rest + 1).toLocaleString("en")} more`, () => draw(true)),
      );
    }
  };
  draw(false);
  const show = () => {
    look({ cause: { title, members: new Set(members) } });
    at("filters").scrollIntoView();
  };
  item.append(
    h(
      "div",
      { class: "count" },
      h("b", {}, accounts.toLocaleString("en")),
      accounts === 1 ? "account" : "accounts",
    ),
    h(
      "div",
      {},
      h("h3", {}, title),
      h("p", {}, list),
      message && message !== title ? h("p", { class: "message" }, message) : null,
      help ? h("p", { class: "help" }, h("b", {}, "Remedy "), help) : null,
      members.length ? link(`show ${counted(members.length, "stack instance")}`, show) : null,
    ),
  );
  return item;
}
