// Puts everything in place and says when the page can be used.

const darkly = matchMedia("(prefers-color-scheme: dark)");

function drawTheme() {
  const isDark = view.theme ? view.theme === "dark" : darkly.matches;
  document.documentElement.dataset.theme = view.theme;
  at("theme").textContent = isDark ? "Light" : "Dark";
  at("theme").setAttribute("aria-label", isDark ? "Change to light" : "Change to dark");
}

function startControls() {
  at("theme").addEventListener("click", () => {
    const isDark = view.theme ? view.theme === "dark" : darkly.matches;
    view.theme = isDark ? "light" : "dark";
    remember();
    drawTheme();
  });
  darkly.addEventListener("change", drawTheme);
  at("search").addEventListener("input", (event) => look({ query: event.target.value }));
  at("clear").addEventListener("click", () =>
    look({ query: "", outcomes: new Set(), only: "all", cause: null }),
  );
  const zooms = [
    [0.5, "+", "Zoom in"],
    [2, "−", "Zoom out"],
    [0, "whole run", "Show the whole run"],
  ];
  at("zoom").replaceChildren(
    ...zooms.map(([factor, text, name]) =>
      h(
        "button",
        {
          type: "button",
          "aria-label": name,
          onclick: () => (factor ? zoomBy(factor) : zoomTo(0, 1)),
        },
        text,
      ),
    ),
  );
}

function drawDensity() {
  const sizes = [
    ["small", "dense", "Dense rows"],
    ["medium", "medium", "Medium rows"],
    ["large", "tall", "Tall rows"],
  ];
  choice(at("density"), sizes, density(), (density) => {
    view.density = density;
    drawDensity();
    drawChart();
  });
}

function startPrinting() {
  const print = (printing) => {
    view.printing = printing;
    drawChart();
    drawTable();
  };
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
}

Object.assign(view, recalled());
drawTheme();
drawHead();
drawFailures();
drawLeftBehind();
drawCalls();
drawPathLine();
startControls();
startOverview();
startPointer();
startPrinting();
listeners.push(drawFilters, drawDensity, drawChart, drawTable);
look({});
new ResizeObserver(drawChart).observe(at("chart"));
requestAnimationFrame(() =>
  setTimeout(() => {
    performance.mark("usable");
    document.documentElement.dataset.usable = "";
  }),
);
