"""A line chart as SVG: a few lines, each of a few points, over a logarithmic x axis."""

import dataclasses
import html
import math

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 40, 48
COLORS = ("#0b6e99", "#c2571a", "#5b7f2b", "#7a4fa3", "#8a8a8a")


@dataclasses.dataclass(frozen=True)
class Chart:
    title: str
    x_label: str
    y_label: str
    #: {name: [(x, y), ...]}; every x is more than 0.
    lines: dict
    #: Whether y is logarithmic too; else it starts at 0.
    log_y: bool = False


def short(value) -> str:
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def ticks(most):
    """About five round numbers from 0 to beyond the most."""
    step = 10 ** math.floor(math.log10(most / 4))
    step *= next(factor for factor in (1, 2, 5, 10) if most / (step * factor) <= 6)
    return [step * number for number in range(math.ceil(most / step) + 1)]


def log_ticks(least, most):
    return [10.0**power for power in range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)]


class _Scale:
    """From values to pixels."""

    def __init__(self, least, most, start, end, log):
        self.turn = math.log10 if log else float
        self.least, self.most = self.turn(least), self.turn(most)
        self.start, self.end = start, end

    def __call__(self, value) -> float:
        share = (self.turn(value) - self.least) / ((self.most - self.least) or 1)
        return round(self.start + share * (self.end - self.start), 1)


def text(x, y, content, anchor="middle", **attributes):
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{more}>{html.escape(content)}</text>'


def line(name, points, color, number, x_of, y_of):
    places = [(x_of(x), y_of(y)) for x, y in sorted(points)]
    path = " ".join(f"{x},{y}" for x, y in places)
    legend_y = TOP + 10 + 20 * number
    legend_x = WIDTH - RIGHT + 14
    return [
        f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>',
        *(f'<circle cx="{x}" cy="{y}" r="3" fill="{color}"/>' for x, y in places),
        f'<line x1="{legend_x}" y1="{legend_y}" x2="{legend_x + 20}" y2="{legend_y}" stroke="{color}" stroke-width="2"/>',
        text(legend_x + 26, legend_y + 4, name, "start"),
    ]


def axes(chart, x_of, y_of, xs, y_ticks):
    parts = [text(WIDTH / 2, 22, chart.title, font_size="15", font_weight="bold")]
    for tick in y_ticks:
        y = y_of(tick)
        parts.append(f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" stroke="#dddddd"/>')
        parts.append(text(LEFT - 8, y + 4, short(tick), "end"))
    parts += [text(x_of(x), HEIGHT - BOTTOM + 18, short(x)) for x in xs]
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, chart.x_label))
    parts.append(text(16, middle, chart.y_label, transform=f"rotate(-90 16 {middle})"))
    return parts


def svg(chart) -> str:
    xs = sorted({x for points in chart.lines.values() for x, _ in points})
    ys = [y for points in chart.lines.values() for _, y in points]
    y_ticks = log_ticks(min(ys), max(ys)) if chart.log_y else ticks(max(ys))
    x_of = _Scale(xs[0], xs[-1], LEFT + 10, WIDTH - RIGHT - 10, log=True)
    y_of = _Scale(y_ticks[0], y_ticks[-1], HEIGHT - BOTTOM, TOP, chart.log_y)
    parts = axes(chart, x_of, y_of, xs, y_ticks)
    for number, (name, points) in enumerate(chart.lines.items()):
        parts += line(name, points, COLORS[number % len(COLORS)], number, x_of, y_of)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="sans-serif" font-size="12" fill="#222222">'
    )
    return "\n".join([head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>', *parts, "</svg>", ""])
