#!/usr/bin/env python3
"""The client of a case, a process of its own so that its CPU and memory are its own.

Reads one JSON object a line: {"do": "open" | "prepare" | "run" | "check", ...}, and answers each with one.
"""

import json
import os
import pathlib
import subprocess
import sys


class ClientProcess:
    """The driver's end."""

    def __init__(self, side, prefix=(sys.executable,), file=__file__, **options):
        """`prefix`: what starts Python; `file`: where that Python finds this file."""
        self.process = subprocess.Popen([*prefix, str(file), side], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            self.ask("open", **options)
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    @property
    def pid(self) -> int:
        return self.process.pid

    def ask(self, what, **arguments):
        self.process.stdin.write(json.dumps({"do": what, **arguments}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the client process ended with {self.process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]

    def __enter__(self):
        return self

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)

    def __exit__(self, *_):
        self.close()


def make_client(side):
    """Only what a side needs is imported: an import costs memory."""
    if side.startswith("small-"):
        import small_client

        return small_client.SmallClient(side.removeprefix("small-"))
    if side == "statements":
        import wheel_client

        return wheel_client.WheelClient()
    if side == "local":
        import local_client

        return local_client.LocalClient()
    if side == "skein":
        import skein_client

        return skein_client.SkeinClient()
    if side == "flight":
        import flight_client

        return flight_client.FlightClient()
    import json_client

    return json_client.JsonClient()


def main():
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
    client = make_client(sys.argv[1])
    # Nothing but answers may go where answers go.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"result": getattr(client, request.pop("do"))(**request)}
        except Exception as failure:
            answer = {"error": f"{type(failure).__name__}: {failure}"}
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
