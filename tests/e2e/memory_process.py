"""Resident memory of a process, and its peak since it was last set back."""

import pathlib


class MemoryWatch:
    """Counts from the moment it is made."""

    def __init__(self, pid):
        self.folder = pathlib.Path(f"/proc/{pid}")
        (self.folder / "clear_refs").write_text("5")
        self.before = self._bytes("VmRSS")

    def _bytes(self, field):
        for line in (self.folder / "status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        raise RuntimeError(f"process {self.folder.name} is gone")

    def peak(self):
        return self._bytes("VmHWM")

    def growth(self):
        """How far the peak is above what was there at first."""
        return self.peak() - self.before
