"""DuckDB's CLI as a process that is asked one statement after the other."""

import csv
import subprocess


class ShellSession:
    """A CLI with a database in memory. Errors of statements are RuntimeErrors."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._asked = 0
        self._mode = None

    @property
    def pid(self) -> int:
        return self.process.pid

    def _ask(self, *lines):
        """What the CLI prints until it prints the mark that follows the lines."""
        self._asked += 1
        mark = f"-- {self._asked} done --"
        self.process.stdin.write("\n".join([*lines, f".print '{mark}'", ""]))
        self.process.stdin.flush()
        printed = []
        for line in self.process.stdout:
            if line.rstrip("\n") == mark:
                break
            printed.append(line)
        else:
            raise RuntimeError(f"the CLI ended with {self.process.wait()}: {''.join(printed)}")
        if any("Error:" in line for line in printed):
            raise RuntimeError("".join(printed))
        return printed

    def _enter(self, mode):
        if self._mode != mode:
            self._ask(f".mode {mode}", ".headers off")
            self._mode = mode

    def prepare_to_discard(self):
        """So that the next discard() sends its statement only."""
        self._enter("trash")

    def run(self, sql):
        """Runs a statement; its rows as text."""
        self._enter("csv")
        return list(csv.reader(self._ask(f"{sql};")))

    def discard(self, sql):
        """Runs a statement; the CLI fetches what it yields and drops it."""
        self._enter("trash")
        self._ask(f"{sql};")

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
