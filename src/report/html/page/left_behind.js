// What earlier runs made and no file names any more.

function drawLeftBehind() {
  if (!run.left_behind) return;
  const { heading, stacks, remedy } = run.left_behind;
  at("left-behind").hidden = false;
  at("left-behind-heading").textContent = `${heading}:`;
  at("left-behind-stacks").replaceChildren(...stacks.map((stack) => h("li", {}, stack)));
  at("left-behind-remedy").textContent = remedy;
}
