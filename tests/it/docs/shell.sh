# What a page's commands run under: each block of the page is read by this shell, one after the other.
# PROGRAM is the binary, WORK a folder for what is noted on the way.

# Each command that fails is noted with its block, its line there and its exit code.
noted() { echo "$BLOCK $2 $1" >>"$WORK/failed"; }
set -E
trap 'noted $? $LINENO' ERR

# What the page left in the background ends with this shell, which is the first of its process group.
trap 'kill -KILL 0' EXIT

# The program as a reader runs it, but on a port that is free, with resources that take no time, and with every
# question answered.
xdeploy() {
  case "$1 $2" in
    "sandbox serve") serve "$@" ;;
    "sandbox "*) "$PROGRAM" "$@" || return ;;
    *)
      local word flags=()
      case $1 in apply | destroy | prune | resume | rollback) flags=(--yes) ;; esac
      for word in "$@"; do
        case $word in
          --yes) flags=() ;;
          --sandbox) local is_embedded=yes ;;
          --) break ;;
        esac
      done
      if [ -n "${is_embedded:-}" ] && [[ " $* " != *" --sandbox-seconds-per-resource "* ]]; then flags+=(--sandbox-seconds-per-resource 0.01); fi
      "$PROGRAM" "$1" ${flags[@]+"${flags[@]}"} "${@:2}" || return
      ;;
  esac
}

# Serves in the background, as `&` or a terminal of its own would.
serve() {
  local words=() word skip=
  for word in "$@"; do
    if [ -n "$skip" ]; then
      skip=
    elif [ "$word" = --port ]; then
      skip=yes
    else
      words+=("$word")
    fi
  done
  rm -f "$WORK/served"
  "$PROGRAM" "${words[@]}" --port 0 --seconds-per-resource 0 >"$WORK/served" 2>>"$WORK/serve.log" &
  address >"$WORK/address"
}

# Prints where the sandbox is served, such as 127.0.0.1:4599, once it says so.
address() {
  local tries=0
  until grep -q http:// "$WORK/served" 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || return
    sleep 0.1
  done
  sed -n 's|.*on http://\([^ ]*\).*|\1|p' "$WORK/served"
}

# Python has what some machines lack.
if ! command -v zip >/dev/null; then
  zip() { python3 -m zipfile -c "${@:2}"; }
fi

# `cargo run` is the program; what else is asked of cargo is noted for the test to look at.
cargo() {
  if [ "$1 $2" = "run --" ]; then
    xdeploy "${@:3}" || return
  else
    echo "$*" >>"$WORK/cargo"
  fi
}
