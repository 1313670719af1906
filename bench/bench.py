#!/usr/bin/env python3
"""Measures Skein beside Quack and one local DuckDB (comparisons), and beside JSON and other clients (cases). All on this machine."""

import argparse
import datetime
import pathlib
import shutil
import signal
import sys

import duckdb

import cases
import comparison_report
import comparisons
import context
import machine
import measured_case
import pictures
import places
import report
import small_cases
import source_data

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "performance.md"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="names, or their part before a dash, with commas: scan,json,attach-10")
    parser.add_argument("--runs", type=int, default=5, help="measured runs of each (default 5; 3 at most of what takes long)")
    parser.add_argument("--sf", type=float, default=1, help="TPC-H scale factor; 1 is 6 million rows (default 1)")
    parser.add_argument("--statements", type=int, default=1000, help="small statements of each kind (default 1000)")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "build" / "bench", help="folder of the generated files")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build" / "bench", help="folder of the results")
    parser.add_argument("--list", action="store_true", help="print the names")
    parser.add_argument("--document", action="store_true", help="write the tables and pictures into docs/performance.md")
    return parser.parse_args()


def chosen(only):
    """(comparisons, cases) that `only` names: a name, its part before a dash, or several with commas; all where empty."""
    everything = [*comparisons.COMPARISONS, *cases.CASES]
    parts = [part.strip() for part in only.split(",") if part.strip()]
    for part in parts:
        if not any(one.name == part or one.name.startswith(part + "-") for one in everything):
            raise SystemExit(f"nothing is called {part!r}; there are: {', '.join(one.name for one in everything)}")

    def is_chosen(one):
        return not parts or any(one.name == part or one.name.startswith(part + "-") for part in parts)

    return list(filter(is_chosen, comparisons.COMPARISONS)), list(filter(is_chosen, cases.CASES))


def expectation(source, select, where, scale_factor):
    """What a local DuckDB says of the source: the oracle of every run."""
    if select == "every value":
        select = source_data.read_every_value(source_data.columns(source))
    with duckdb.connect(str(source), read_only=True) as connection:
        rows = connection.execute(f"SELECT count(*) FROM lineitem {where}").fetchone()[0]
        answer = connection.execute(f"SELECT {select} FROM lineitem {where}").fetchall()
    return {"rows": rows, "answer": answer, "scale_factor": scale_factor}


def measure_cases(chosen_cases, options):
    results = []
    for case in chosen_cases:
        if case.work == "attach":
            results.append(small_cases.AttachCase(case, options.out, options.runs).run())
        else:
            source = source_data.lineitem_file(options.data, options.sf)
            expected = expectation(source, case.select, case.where, options.sf)
            results.append(measured_case.MeasuredCase(case, source, expected, options.runs, options.out).run())
        print(f"{case.name}: done", flush=True)
    return results


def compare(chosen_comparisons, options):
    outcome = comparisons.Outcome()
    if not chosen_comparisons:
        return outcome, ""
    place = places.here(options.data)
    given = context.Context(place, options.sf, options.runs, options.out, options.statements)
    for comparison in chosen_comparisons:
        known = len(outcome.figures)
        comparisons.run(comparison, given, outcome)
        reason = outcome.skipped.get(comparison.name)
        print(f"{comparison.name}: {f'skipped, {reason}' if reason else 'done'}", flush=True)
        # What was found so far is not lost where the rest fails.
        print("\n".join(comparison_report.main_table(outcome.figures[known:])[2:]), flush=True)
    return outcome, place.client


def command_line(options):
    command = "make bench" + (f" ONLY={options.only}" if options.only else "")
    pairs = (("RUNS", options.runs, 5), ("SF", options.sf, 1), ("STATEMENTS", options.statements, 1000))
    return command + "".join(f" {name}={value:g}" for name, value, usual in pairs if value != usual)


def end_in_order(number, _):
    """Asked to end: what was started is ended, too, as each part does on its way out."""
    raise SystemExit(128 + number)


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, end_in_order)
    chosen_comparisons, chosen_cases = chosen(options.only)
    if options.list:
        print("\n".join(one.name for one in [*chosen_comparisons, *chosen_cases]))
        return
    options.out.mkdir(parents=True, exist_ok=True)
    if machine.busy() > 0.5:
        print(f"the load average is {machine.busy():.1f}: figures of a busy machine are no good for a document", file=sys.stderr)
    began = datetime.datetime.now(datetime.UTC)
    about = {
        "date": began.strftime("%Y-%m-%d"),
        "command": command_line(options),
        "runs": options.runs,
        "scale_factor": options.sf,
        "machine": machine.describe(),
        "versions": machine.versions(),
        "load_average_before": machine.busy(),
    }
    compared, about["client"] = compare(chosen_comparisons, options)
    results = measure_cases(chosen_cases, options)
    name = f"{began.strftime('%Y%m%dT%H%M%SZ')}{'-' + options.only.replace(',', '-') if options.only else ''}"
    report.write_json(options.out / f"{name}.json", about, compared, results)
    parts = report.sections(about, compared, results)
    text = "\n\n".join(parts.values()) + "\n"
    (options.out / f"{name}.md").write_text(text, encoding="utf-8")
    shutil.copyfile(options.out / f"{name}.json", options.out / "latest.json")
    drawn = pictures.draw(compared.figures, options.out / "pictures")
    print("\n".join(["", text, str(options.out / f"{name}.json"), *map(str, drawn)]))
    if options.document:
        report.fill_in(DOCUMENT, parts)
        pictures.draw(compared.figures, DOCUMENT.with_suffix(""))


if __name__ == "__main__":
    main()
