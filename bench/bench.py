#!/usr/bin/env python3
"""Measures scans and inserts of TPC-H lineitem: through Skein, in one local DuckDB, through pyarrow.flight, and as NDJSON
over HTTP; the memory both processes take; small statements, and attaching. All on this machine, every case with processes of its own.
"""

import argparse
import datetime
import pathlib
import shutil
import sys

import duckdb

import cases
import machine
import measured_case
import report
import small_cases
import source_data

ROOT = pathlib.Path(__file__).resolve().parent.parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="cases by name or by the part before a dash, with commas: scan,insert-skein")
    parser.add_argument("--runs", type=int, default=5, help="measured runs of each case (default 5)")
    parser.add_argument("--sf", type=float, default=1, help="TPC-H scale factor; 1 is 6 million rows (default 1)")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "build" / "bench", help="folder of the generated files")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build" / "bench", help="folder of the results")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    parser.add_argument("--document", action="store_true", help="write the tables into docs/performance.md")
    return parser.parse_args()


def expectation(source, select, where, scale_factor):
    """What a local DuckDB says of the source: the oracle of every run."""
    if select == "every value":
        select = source_data.read_every_value(source_data.columns(source))
    with duckdb.connect(str(source), read_only=True) as connection:
        rows = connection.execute(f"SELECT count(*) FROM lineitem {where}").fetchone()[0]
        answer = connection.execute(f"SELECT {select} FROM lineitem {where}").fetchall()
    return {"rows": rows, "answer": answer, "scale_factor": scale_factor}


def measure(chosen, options):
    results = []
    for case in chosen:
        small = {"attach": small_cases.AttachCase, "latency": small_cases.LatencyCase}.get(case.work)
        if small:
            results.append(small(case, options.out, options.runs).run())
            print(f"{case.name:<20} done", flush=True)
            continue
        scale_factor = case.scale_factor or options.sf
        source = source_data.lineitem_file(options.data, scale_factor)
        expected = expectation(source, case.select, case.where, scale_factor)
        result = measured_case.MeasuredCase(case, source, expected, options.runs, options.out).run()
        results.append(result)
        print(f"{case.name:<20} {result['seconds']:9.3f} s {result['rows_per_second']:14,.0f} rows/s", flush=True)
    return results


def main():
    options = arguments()
    chosen = cases.chosen(options.only)
    if options.list:
        print("\n".join(case.name for case in chosen))
        return
    options.out.mkdir(parents=True, exist_ok=True)
    if machine.busy() > 0.5:
        print(f"the load average is {machine.busy():.1f}: figures of a busy machine are no good for a document", file=sys.stderr)
    began = datetime.datetime.now(datetime.UTC)
    command = "make bench" + (f" ONLY={options.only}" if options.only else "")
    command += "".join(f" {name}={value:g}" for name, value, usual in (("RUNS", options.runs, 5), ("SF", options.sf, 1)) if value != usual)
    about = {
        "date": began.strftime("%Y-%m-%d"),
        "command": command,
        "runs": options.runs,
        "scale_factor": options.sf,
        "machine": machine.describe(),
        "versions": machine.versions(),
        "load_average_before": machine.busy(),
    }
    outcome = {"about": about, "results": measure(chosen, options)}
    name = f"{began.strftime('%Y%m%dT%H%M%SZ')}{'-' + options.only if options.only else ''}"
    report.write_json(options.out / f"{name}.json", outcome)
    text = report.markdown(outcome)
    (options.out / f"{name}.md").write_text(text, encoding="utf-8")
    shutil.copyfile(options.out / f"{name}.json", options.out / "latest.json")
    print(f"\n{text}\n{options.out / name}.json")
    if options.document:
        report.fill_in(ROOT / "docs" / "performance.md", text)


if __name__ == "__main__":
    main()
