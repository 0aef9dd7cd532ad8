// What the run cost in calls.

function drawCalls() {
  const calls = Object.entries(run.api_calls).sort((a, b) => b[1] - a[1]);
  const sum = calls.reduce((sum, [, count]) => sum + count, 0);
  const most = calls[0]?.[1] ?? 1;
  at("calls").hidden = calls.length === 0;
  const each = instances.length
    ? `, ${(sum / instances.length).toFixed(2)} per stack instance`
    : "";
  const throttled = run.throttled
    ? `${run.throttled.toLocaleString("en")} answered with throttling (${((run.throttled / sum) * 100).toFixed(1)} %)`
    : "none throttled";
  at("calls-line").textContent = `${counted(sum, "call")}${each}; ${throttled}.`;
  at("calls-table").tHead.replaceChildren(
    h(
      "tr",
      {},
      h("th", { scope: "col" }, "Call"),
      h("th", { scope: "col", class: "number" }, "Count"),
      h("th", { scope: "col", class: "number" }, "Per stack instance"),
      h("th", { "aria-hidden": "true" }),
    ),
  );
  at("calls-table").tBodies[0].replaceChildren(
    ...calls.map(([name, count]) => {
      const share = h("i", {});
      share.style.width = `${(count / most) * 100}%`;
      return h(
        "tr",
        {},
        h("td", {}, name),
        h("td", { class: "number" }, count.toLocaleString("en")),
        h(
          "td",
          { class: "number" },
          instances.length ? (count / instances.length).toFixed(2) : "–",
        ),
        h("td", { class: "share", "aria-hidden": "true" }, share),
      );
    }),
  );
}
