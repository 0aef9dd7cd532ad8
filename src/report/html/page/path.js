// The critical path in words, under the chart.

function drawPathLine() {
  const line = at("path");
  line.hidden = criticalPath.length === 0;
  const spent = criticalPath.reduce((sum, { duration }) => sum + duration, 0);
  line.replaceChildren(
    h("h3", {}, "Critical path"),
    h(
      "span",
      { class: "soft" },
      ` ${counted(criticalPath.length, "step")}, ${spoken(spent)} of ${spoken(run.duration_ms)}`,
    ),
    h(
      "ol",
      {},
      ...criticalPath.map((instance) =>
        h(
          "li",
          {},
          link(label(instance), () => {
            look({ query: "", outcomes: new Set(), only: "all", cause: null });
            reveal(instance);
          }),
          " ",
          h("span", { class: "soft" }, spoken(instance.duration)),
        ),
      ),
    ),
  );
}
