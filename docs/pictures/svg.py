"""Draws what stands on a terminal, as tmux captures it with its colours, as SVG."""

import re
from html import escape

FONT_SIZE = 14
COLUMN, ROW, MARGIN = 8.43, 19, 16
BACKGROUND, FOREGROUND = "#0d1117", "#d6dde6"
COLOURS = {31: "#ff7b72", 32: "#56d364", 33: "#e3b341", 34: "#79c0ff", 35: "#d2a8ff", 36: "#76e3ea"}
SEQUENCE = re.compile(r"\x1b\[([0-9;]*)m")


class Style:
    """How text looks after the control sequences so far."""

    def __init__(self):
        self.colour, self.is_bold, self.is_faint = None, False, False

    def take(self, parameters):
        """Takes in one control sequence."""
        for code in (int(part or 0) for part in parameters.split(";")):
            if code == 0:
                self.__init__()
            elif code == 1:
                self.is_bold = True
            elif code == 2:
                self.is_faint = True
            elif code == 22:
                self.is_bold = self.is_faint = False
            elif code == 39:
                self.colour = None
            elif code in COLOURS or code - 60 in COLOURS:
                self.colour = COLOURS.get(code) or COLOURS[code - 60]

    def attributes(self):
        """Returns the style as SVG attributes."""
        parts = [f'fill="{self.colour}"'] if self.colour else []
        parts += ['font-weight="bold"'] if self.is_bold else []
        parts += ['opacity="0.6"'] if self.is_faint else []
        return " ".join(["", *parts])


def texts(line, row, style):
    """Yields the elements of a line; every word has its own place, so that any font keeps columns."""
    column = 0
    for number, part in enumerate(SEQUENCE.split(line)):
        if number % 2:
            style.take(part)
            continue
        for word in re.finditer(r"\S+(?: \S+)*", part):
            x = MARGIN + (column + word.start()) * COLUMN
            y = MARGIN + (row + 0.75) * ROW
            width = len(word.group()) * COLUMN
            yield (
                f'<text x="{x:.1f}" y="{y:.1f}" textLength="{width:.1f}"{style.attributes()}>'
                f"{escape(word.group())}</text>"
            )
        column += len(part)


def draw(screen, columns):
    """Returns the SVG of a captured screen."""
    lines, style = screen.rstrip("\n").split("\n"), Style()
    width, height = columns * COLUMN + 2 * MARGIN, len(lines) * ROW + 2 * MARGIN
    elements = [element for row, line in enumerate(lines) for element in texts(line, row, style)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
            f' font-family="ui-monospace, Menlo, Consolas, \'DejaVu Sans Mono\', monospace"'
            f' font-size="{FONT_SIZE}" fill="{FOREGROUND}" xml:space="preserve">',
            f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>',
            *elements,
            "</svg>",
            "",
        ]
    )
