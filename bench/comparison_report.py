"""The tables of the comparisons: every figure with its ratios and what it is held against."""

NAMES = {"skein": "Skein", "quack": "Quack", "local": "local"}


def number(value) -> str:
    """Three digits that count, no exponents."""
    if value is None:
        return "–"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 4
    return f"{value:,.{digits}f}"


def aims(figure) -> tuple:
    """What Skein's figure is to reach, and whether it does."""
    checked = list(figure.checked_aims())
    words = [aim.text() + (f" × {NAMES[aim.against]}" if aim.against else "") for aim, _, _ in checked]
    held = ["yes" if is_held else "no" for _, _, is_held in checked]
    return ", ".join(words) or "–", ", ".join(held) or "–"


def main_table(figures):
    lines = [
        "| comparison | what | | Skein | Quack | local | Skein / Quack | Skein / local | to reach | reached |",
        "|---|---|---|--:|--:|--:|--:|--:|---|---|",
    ]
    for figure in figures:
        cells = [
            f"`{figure.row.split('-')[0]}`",
            figure.what,
            figure.unit,
            *(number(figure.median(side)) for side in NAMES),
            *(number(figure.ratio(side)) for side in ("quack", "local")),
            *aims(figure),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def process_table(figures):
    """CPU seconds and peaks, where figures have them."""
    fields = ("server_cpu_seconds", "client_cpu_seconds", "server_peak_bytes", "client_peak_bytes")
    lines = []
    for figure in figures:
        for side, beside in figure.beside.items():
            values = [beside.get(field) for field in fields]
            shown = [number(value / 1e6 if field.endswith("bytes") and value else value) for field, value in zip(fields, values)]
            lines.append("| " + " | ".join([f"`{figure.row}`", figure.what, NAMES[side], *shown]) + " |")
    head = ["| comparison | what | side | CPU s: server | client | peak MB: server | client |", "|---|---|---|--:|--:|--:|--:|"]
    return head + lines if lines else []
