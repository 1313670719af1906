"""What a run of the benchmark found, as JSON and as the Markdown of docs/performance.md."""

import json
import re

import comparison_report
import copies_row
import profile_row


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


def attach_table(results):
    lines = [
        "| case | tables | ATTACH ms | first query of a table ms | its next ms | list of all tables ms |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for result in results:
        times = [milliseconds(result[name]) for name in ("attach", "first_query", "next_query", "listing")]
        lines.append("| " + " | ".join([f"`{result['case']}`", f"{result['tables']:,}", *times]) + " |")
    return lines


def milliseconds(seconds) -> str:
    return f"{seconds * 1000:.2f}"


def ratios(results):
    """How many times faster than JSON, where both were measured."""
    seconds = {result["case"]: result["seconds"] for result in results}
    cpu = {result["case"]: sum(one["cpu_seconds"] for one in result["processes"].values()) for result in results}
    lines = []
    for work in ("json-scan", "json-insert"):
        ours, theirs = f"{work}-skein", f"{work}-json"
        if ours in seconds and theirs in seconds:
            lines.append(
                f"`{ours}` takes 1/{seconds[theirs] / seconds[ours]:.1f} of the time of `{theirs}` "
                f"and 1/{cpu[theirs] / max(cpu[ours], 0.01):.1f} of its CPU seconds."
            )
    return lines


def measured_with(about, runs=None) -> str:
    runs = runs or f"{about['runs']} runs of each (3 of what takes long), medians"
    return (
        f"Measured on {about['date']} with `{about['command']}`: {runs}. "
        f"{about['machine']}. {about['versions']}. Load before: {about['load_average_before']:.1f}."
    )


def of_comparisons(about, outcome):
    parts = [measured_with(about), f"Clients: {about['client']}.", "\n".join(comparison_report.main_table(outcome.figures))]
    beside = comparison_report.process_table(outcome.figures)
    if beside:
        parts += ["CPU seconds and the largest memory of both processes:", "\n".join(beside)]
    if outcome.skipped:
        parts.append("\n".join(f"- Not measured: {what}: {reason}." for what, reason in outcome.skipped.items()))
    return "\n\n".join(parts)


def of_cases(about, results):
    attaching = [result for result in results if result.get("work") == "attach"]
    speed = [result for result in results if "work" not in result]
    parts = [measured_with(about)]
    if speed:
        parts.append(f"TPC-H lineitem at scale factor {about['scale_factor']:g}:")
        parts.append("\n".join(speed_table(speed)))
    if ratios(speed):
        parts.append("\n".join(ratios(speed)))
    if attaching:
        parts.append("Attaching a database for the first time, connecting included:")
        parts.append("\n".join(attach_table(attaching)))
    return "\n\n".join(parts)


def of_profiles(about, profiles):
    return "\n\n".join([measured_with(about), *profile_row.markdown(profiles)])


def sections(about, outcome, results) -> dict:
    """The parts of the document for which there is something, by the name in their marks."""
    found = {}
    if outcome.figures or outcome.skipped:
        found["comparisons"] = of_comparisons(about, outcome)
    if results:
        found["cases"] = of_cases(about, results)
    if outcome.profiles:
        found["profiles"] = of_profiles(about, outcome.profiles)
    if outcome.copies:
        found["copies"] = "\n\n".join([measured_with(about, "one run of each"), *copies_row.markdown(outcome.copies)])
    return found


def write_json(path, about, outcome, results):
    content = {
        "about": about,
        "comparisons": [figure.as_json() for figure in outcome.figures],
        "skipped": outcome.skipped,
        "profiles": outcome.profiles,
        "copies": copies_row.as_json(outcome.copies),
        "results": results,
    }
    path.write_text(json.dumps(content, indent=1, default=str) + "\n", encoding="utf-8")


def fill_in(document, parts):
    """Replaces what the document holds between the marks of each part."""
    text = document.read_text(encoding="utf-8")
    for name, part in parts.items():
        begin, end = f"<!-- measured: {name} -->", f"<!-- end of {name} -->"
        text, count = re.subn(f"{begin}.*{end}", lambda _: f"{begin}\n\n{part}\n\n{end}", text, flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"{document} does not have the marks {begin} and {end} once")
    document.write_text(text, encoding="utf-8")
