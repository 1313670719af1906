"""What a run of the benchmark found, as JSON and as the Markdown of docs/performance.md."""

import json
import re

import cases

BEGIN = "<!-- measured: begin -->"
END = "<!-- measured: end -->"


def megabytes(count) -> str:
    return f"{count / 1e6:,.0f}"


def speed_table(results):
    lines = [
        "| case | rows | seconds | million rows/s | bytes a row | wire MB | wire MB/s | CPU s: server | client | peak MB: server | client |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for result in results:
        server = result["processes"].get("server")
        client = result["processes"]["client"]
        wire = result["wire_bytes"]
        cells = [
            f"`{result['case']}`",
            f"{result['rows']:,}",
            f"{result['seconds']:.2f}",
            f"{result['rows_per_second'] / 1e6:.3g}",
            f"{wire / result['rows']:.1f}" if wire else "–",
            megabytes(wire) if wire else "–",
            megabytes(wire / result["seconds"]) if wire else "–",
            f"{server['cpu_seconds']:.2f}" if server else "–",
            f"{client['cpu_seconds']:.2f}",
            megabytes(server["peak_bytes"]) if server else "–",
            megabytes(client["peak_bytes"]),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def memory_table(results):
    lines = [
        "| case | rows | server's peak MB | bound | held | client's idle MB | peak MB | growth | bound | held |",
        "|---|--:|--:|--:|---|--:|--:|--:|--:|---|",
    ]
    for result in results:
        server = result["processes"]["server"]
        client = result["processes"]["client"]
        growth = client["peak_bytes"] - client["idle_bytes"]
        cells = [
            f"`{result['case']}`",
            f"{result['rows']:,}",
            megabytes(server["peak_bytes"]),
            megabytes(cases.SERVER_BYTES_MAX),
            "yes" if server["peak_bytes"] <= cases.SERVER_BYTES_MAX else "**no**",
            megabytes(client["idle_bytes"]),
            megabytes(client["peak_bytes"]),
            megabytes(growth),
            megabytes(cases.CLIENT_GROWTH_BYTES_MAX),
            "yes" if growth <= cases.CLIENT_GROWTH_BYTES_MAX else "**no**",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def attach_table(results):
    lines = [
        "| case | tables | ATTACH ms | first query of a table ms | its next ms | list of all tables ms |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for result in results:
        times = [milliseconds(result[name]) for name in ("attach", "first_query", "next_query", "listing")]
        lines.append("| " + " | ".join([f"`{result['case']}`", f"{result['tables']:,}", *times]) + " |")
    return lines


def latency_table(results):
    clients = " | ".join(str(count) for count in cases.CLIENTS[1:])
    lines = [
        "| case | smallest query: p50 ms | p99 | by primary key: p50 ms | p99 | one-row INSERT: p50 ms | p99 | "
        f"INSERTs/s: 1 client | {clients} |",
        "|---|" + "--:|" * (6 + len(cases.CLIENTS)),
    ]
    for result in results:
        times = [milliseconds(result[f"{work}_{part}"]) for work in ("smallest", "point", "insert") for part in ("p50", "p99")]
        inserts = [f"{result[f'inserts_{count}']:,.0f}" for count in cases.CLIENTS]
        lines.append("| " + " | ".join([f"`{result['case']}`", *times, *inserts]) + " |")
    return lines


def milliseconds(seconds) -> str:
    return f"{seconds * 1000:.2f}"


def ratios(results):
    """How many times faster than JSON, where both were measured."""
    seconds = {result["case"]: result["seconds"] for result in results}
    cpu = {result["case"]: sum(one["cpu_seconds"] for one in result["processes"].values()) for result in results}
    lines = []
    for work in ("scan", "insert"):
        ours, theirs = f"{work}-skein", f"{work}-json"
        if ours in seconds and theirs in seconds:
            lines.append(
                f"`{ours}` takes 1/{seconds[theirs] / seconds[ours]:.1f} of the time of `{theirs}` "
                f"and 1/{cpu[theirs] / max(cpu[ours], 0.01):.1f} of its CPU seconds."
            )
    return lines


def markdown(outcome) -> str:
    about = outcome["about"]
    small = {work: [result for result in outcome["results"] if result.get("work") == work] for work in ("latency", "attach")}
    speed = [result for result in outcome["results"] if "work" not in result and not result["case"].startswith("memory-")]
    memory = [result for result in outcome["results"] if result["case"].startswith("memory-")]
    parts = [
        f"Measured on {about['date']} with `{about['command']}`: {about['runs']} runs of each case, medians. {about['machine']}. "
        f"{about['versions']}.",
    ]
    if speed:
        parts.append(f"TPC-H lineitem at scale factor {about['scale_factor']:g}:")
        parts.append("\n".join(speed_table(speed)))
    if ratios(speed):
        parts.append("\n".join(ratios(speed)))
    if small["latency"]:
        parts.append("Small statements, each a transaction of its own:")
        parts.append("\n".join(latency_table(small["latency"])))
    if small["attach"]:
        parts.append("Attaching a database for the first time, connecting included:")
        parts.append("\n".join(attach_table(small["attach"])))
    if memory:
        parts.append(f"Memory, with `--memory-limit {cases.SERVER_LIMIT}` and a database file:")
        parts.append("\n".join(memory_table(memory)))
    return "\n\n".join(parts) + "\n"


def write_json(path, outcome):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(outcome, indent=1, default=str) + "\n", encoding="utf-8")


def fill_in(document, text):
    """Replaces what the document holds between the two marks."""
    old = document.read_text(encoding="utf-8")
    new, count = re.subn(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n\n{text}\n{END}", old, flags=re.DOTALL)
    if count != 1:
        raise SystemExit(f"{document} does not have the marks {BEGIN} and {END} once")
    document.write_text(new, encoding="utf-8")
