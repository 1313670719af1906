"""CPU seconds and memory of a running process, as Linux counts them."""

import os
import pathlib

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class ProcessMeter:
    """One process, by its id. Measures between start() and stop()."""

    def __init__(self, pid):
        self.pid = pid
        self.folder = pathlib.Path(f"/proc/{pid}")
        self._cpu_at_start = 0.0

    def _status(self, field) -> int:
        for line in (self.folder / "status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        raise RuntimeError(f"process {self.folder.name} is gone")

    def cpu_seconds(self) -> float:
        """User and system time, of all threads and of children that have ended."""
        fields = (self.folder / "stat").read_text().rsplit(")", 1)[1].split()
        return sum(map(int, fields[11:15])) / TICKS_A_SECOND

    def resident_bytes(self) -> int:
        return self._status("VmRSS")

    def start(self):
        # Sets the peak back to what is resident now.
        (self.folder / "clear_refs").write_text("5")
        self._cpu_at_start = self.cpu_seconds()

    def stop(self) -> dict:
        return {"cpu_seconds": round(self.cpu_seconds() - self._cpu_at_start, 2), "peak_bytes": self._status("VmHWM")}
