"""Runs one case: starts its processes, checks its answers, and returns what was measured."""

import statistics
import time

import cases
import client_process
import process_meter
import server_processes
import source_data

SERVERS = {
    "local": server_processes.NoServer,
    "skein": server_processes.SkeinServer,
    "flight": server_processes.SkeinServer,
    "json": server_processes.JsonServer,
}


class MeasuredCase:
    """One case with its data; run() may be called once."""

    def __init__(self, case, source, expected, runs, scratch):
        self.case = case
        self.source = source
        #: What the SELECT list yields over the source: the oracle.
        self.expected = expected
        self.runs = runs
        self.target = None
        if case.work == "insert":
            self.target = scratch / "target.duckdb"
            self.remove_target()
        self.select = case.select
        if self.select == "every value":
            self.select = source_data.read_every_value(source_data.columns(source))

    def remove_target(self):
        for suffix in ("", ".wal"):
            self.target.with_name(self.target.name + suffix).unlink(missing_ok=True)

    def run(self) -> dict:
        try:
            return self._run()
        finally:
            if self.target:
                self.remove_target()

    def _run(self):
        case = self.case
        database = self.target or self.source
        with SERVERS[case.side](database, self.target is None) as server:
            options = {
                "uri": server.uri,
                "source": str(self.source),
                "target": str(self.target) if self.target else None,
                "columns": source_data.columns(self.source),
            }
            with client_process.ClientProcess(case.side, **options) as client:
                meters = {"client": process_meter.ProcessMeter(client.pid)}
                if server.pid:
                    meters["server"] = process_meter.ProcessMeter(server.pid)
                idle = {name: meter.resident_bytes() for name, meter in meters.items()}
                measured = [self._one_run(client, meters) for _ in range(case.warm_ups + self.runs)]
        return self._summary(idle, measured[case.warm_ups :])

    def _one_run(self, client, meters):
        if self.target:
            client.ask("prepare")
        for meter in meters.values():
            meter.start()
        started = time.monotonic()
        if self.case.work == "scan":
            result = client.ask("scan", select=self.select, where=self.case.where)
        elif self.case.work == "insert":
            result = client.ask("insert")
        else:
            result = client.ask("statements", count=cases.STATEMENTS)
        seconds = time.monotonic() - started
        processes = {name: meter.stop() for name, meter in meters.items()}
        self._check(client, result)
        return {"seconds": seconds, "wire_bytes": result["wire_bytes"], "processes": processes}

    def _check(self, client, result):
        """A run that did something else than it claims is no measurement."""
        rows = self.expected["rows"]
        if self.case.work == "scan":
            if result["answer"] is not None and comparable(result["answer"]) != comparable(self.expected["answer"]):
                raise RuntimeError(f"{self.case.name}: {result['answer']} instead of {self.expected['answer']}")
            if result.get("wire_rows", rows) != rows:
                raise RuntimeError(f"{self.case.name}: {result['wire_rows']} rows travelled instead of {rows}")
        elif self.case.work == "insert":
            answer = client.ask("check", select=self.select)
            if result["answer"] != rows or comparable(answer) != comparable(self.expected["answer"]):
                raise RuntimeError(f"{self.case.name}: {result['answer']} rows, {answer} instead of {self.expected}")

    def _summary(self, idle, measured):
        rows = cases.STATEMENTS if self.case.work == "statements" else self.expected["rows"]
        seconds = statistics.median(run["seconds"] for run in measured)
        wire_bytes = statistics.median(run["wire_bytes"] for run in measured)
        processes = {
            name: {
                "cpu_seconds": statistics.median(run["processes"][name]["cpu_seconds"] for run in measured),
                "idle_bytes": idle[name],
                "peak_bytes": max(run["processes"][name]["peak_bytes"] for run in measured),
            }
            for name in idle
        }
        return {
            "case": self.case.name,
            "scale_factor": self.expected["scale_factor"],
            "rows": rows,
            "seconds": seconds,
            "rows_per_second": rows / seconds,
            "wire_bytes": wire_bytes,
            "processes": processes,
            "runs": measured,
        }


def comparable(answer):
    """Answers come as JSON: dates and decimals as text, whatever the client."""
    return [[str(value) for value in row] for row in answer]
