"""Takes docs/dashboard.svg: the dashboard of a real run on the sandbox, in a real terminal (tmux).

    cargo build && python3 docs/pictures/dashboard.py
"""

import re
import subprocess
import tempfile
import time
from pathlib import Path

import fleet
import svg

ROOT = Path(__file__).resolve().parents[2]
COLUMNS, ROWS = 100, 27
PATIENCE_SECONDS = 300


def is_telling(screen):
    """Whether the screen shows a failure, and stacks that are half done, in the second wave."""
    is_second_wave = all(words in screen for words in ["wave 2/3", "2 accounts:", " left"])
    return is_second_wave and re.search("app [2-6]/7", screen)


def main():
    """Starts a run, waits for a telling moment, and draws it."""
    with tempfile.TemporaryDirectory() as folder:
        fleet.write(folder)
        tmux = ["tmux", "-u", "-S", f"{folder}/tmux", "-f", "/dev/null"]
        run = f"{ROOT}/target/debug/xdeploy apply prod.yaml --sandbox --sandbox-seconds-per-resource 3; sleep 600"
        shell = ["env", "TERM=screen-256color", "LC_ALL=C.UTF-8", "sh", "-c", run]
        start = ["new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), "-c", folder, *shell]
        subprocess.run([*tmux, *start, ";", "set", "status", "off"], check=True)
        try:
            capture = [*tmux, "capture-pane", "-p"]
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not is_telling(subprocess.check_output(capture, text=True)):
                if time.monotonic() > deadline:
                    raise SystemExit(subprocess.check_output(capture, text=True))
                time.sleep(0.1)
            screen = subprocess.check_output([*capture, "-e"], text=True)
        finally:
            subprocess.run([*tmux, "kill-server"], check=False)
    # The lines that stay above it are no part of the picture.
    dashboard = screen[screen.rindex("\n", 0, screen.index("apply prod")) + 1 :]
    (ROOT / "docs" / "dashboard.svg").write_text(svg.draw(dashboard, COLUMNS))


if __name__ == "__main__":
    main()
