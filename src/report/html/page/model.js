// The run, read from the columns that `data.rs` writes.

const run = JSON.parse(document.getElementById("data").textContent);

// How each outcome is told apart without colour: a glyph here, a pattern in the chart.
const GLYPHS = {
  created: "+",
  updated: "~",
  deleted: "−",
  unchanged: "=",
  failed: "✕",
  skipped: "○",
  "rolled-back": "↺",
  moving: "…",
};
const WORDS = { "rolled-back": "rolled back", moving: "still moving" };
const word = (outcome) => WORDS[outcome] ?? outcome;

// How a stack instance looks: how it ended, or that the run left it moving.
const LOOKS = [...run.outcomes.slice(0, 5), "moving", ...run.outcomes.slice(5)];

// What is worst comes first when sorted by outcome.
const SEVERITY = [
  "failed",
  "moving",
  "rolled-back",
  "skipped",
  "deleted",
  "created",
  "updated",
  "unchanged",
];

const several = run.environments.length > 1;
const begun = run.started ? Date.parse(run.started) : 0;

// Puts back what `texts.rs` left out: the account's id and the start of the stack's ARN.
const restored = (text, accountId, arn) =>
  text?.replace(/\^(.)/g, (_, mark) => ({ 0: "^", 1: accountId, 2: arn })[mark]);

const failureOf = (position, accountId) => {
  if (position === null) return null;
  const [kind, message, resource, help] = run.failures[position];
  return { kind, message: restored(message, accountId), resource, help: restored(help, accountId) };
};

const places = run.places.map(([environment, account, accountId, region, wave], index) => ({
  index,
  account,
  accountId,
  wave,
  environment: run.texts[environment],
  region: run.texts[region],
}));

const instances = run.instances.place.map((at, index) => {
  const column = (name) => run.instances[name][index];
  const place = places[at];
  const name = run.texts[column("name")];
  const failure = failureOf(column("failure"), place.accountId);
  const outcome = run.outcomes[column("outcome")];
  const arn = `arn:aws:cloudformation:${place.region}:${place.accountId}:stack/${name}/`;
  const since = column("since_ms");
  const pairs = column("outputs") || [];
  const outputs = [];
  for (let at = 0; at < pairs.length; at += 2) {
    outputs.push([run.texts[pairs[at]], restored(pairs[at + 1], place.accountId)]);
  }
  return {
    index,
    place,
    name,
    failure,
    outputs,
    notes: (column("notes") ?? []).map((note) => run.texts[note]),
    outcome,
    since,
    stack: run.texts[column("stack")],
    look: outcome === "failed" && failure?.kind === "still-moving" ? "moving" : outcome,
    status: column("status") === null ? "" : run.texts[column("status")],
    duration: column("duration_ms"),
    end: since === null ? null : since + column("duration_ms"),
    stackId: restored(column("stack_id"), place.accountId, arn) ?? "",
    cause: failure === null ? "" : cause(failure),
  };
});

const criticalPath = run.critical_path.map((index) => instances[index]);
const critical = new Set(criticalPath);
const isGood = (instance) =>
  ["created", "updated", "deleted", "unchanged"].includes(instance.outcome);
const label = (instance) =>
  `${several ? `${instance.place.environment}/` : ""}${instance.place.account}/${instance.place.region}/${instance.stack}`;

// The first cause, with its resource in front unless it is named already.
function cause({ message, resource }) {
  const isNamed = !resource || message.split(/[^\p{L}\p{N}]/u).includes(resource);
  return isNamed ? message : `${resource}: ${message}`;
}

const counted = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

// A duration as the program says it elsewhere: 0.4s, 12s, 3m 04s, 1h 02m.
function spoken(ms) {
  const seconds = Math.floor(ms / 1000);
  const two = (number) => String(number).padStart(2, "0");
  if (seconds < 10) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h ${two(Math.floor((seconds % 3600) / 60))}m`;
}

// The time of day at a moment of the run, where the reader is.
const clock = (ms) => new Date(begun + ms).toLocaleTimeString(undefined, { hour12: false });
