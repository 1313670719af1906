"""The pictures of a run: throughput against rows, clients and streams, from its figures."""

import line_chart

#: Of each picture: its title, its x axis, whether y is logarithmic, and the comparisons whose figures are its lines.
PICTURES = {
    "rows": ("Scan of one client", "rows of the table", True, ("rows",)),
    "clients": ("Clients that scan at once, together", "clients", False, ("clients",)),
    "streams": ("One client, several streams", "streams", False, ("streams-scan", "streams-copy")),
}


def lines(figures, comparisons):
    found = {}
    for figure in figures:
        if figure.row not in comparisons or figure.x is None:
            continue
        for side in figure.runs:
            name = side if len(comparisons) == 1 else figure.row.split("-", 1)[1]
            found.setdefault(name, []).append((figure.x, figure.median(side)))
    return found


def draw(figures, folder):
    """Writes the pictures for which there are figures; their paths."""
    written = []
    for name, (title, x_label, log_y, comparisons) in PICTURES.items():
        found = lines(figures, comparisons)
        if not found:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.svg"
        chart = line_chart.Chart(title, x_label, "million rows a second", found, log_y)
        path.write_text(line_chart.svg(chart), encoding="utf-8")
        written.append(path)
    return written
