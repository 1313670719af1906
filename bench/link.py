"""Two hosts on this machine, joined by a link of a given rate: network namespaces and tc's token bucket."""

import pathlib
import shutil
import subprocess
import sys

import context as contexts

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "e2e"))

import namespaces  # noqa: E402

#: What the bucket lets through at once, and how long a packet may wait before it is dropped.
BURST_KB = 256
QUEUE_MS = 50


class RatedLink(namespaces.TwoHosts):
    """TwoHosts, with both directions limited to a rate in Mbit/s."""

    server_address = namespaces.SERVER_ADDRESS

    def __init__(self, megabits):
        super().__init__()
        try:
            for prefix, device in ((self.on_server, "veth0"), (self.on_client, "veth1")):
                command = f"qdisc add dev {device} root tbf rate {megabits}mbit burst {BURST_KB}kb latency {QUEUE_MS}ms"
                result = subprocess.run([*prefix, "tc", *command.split()], capture_output=True, text=True)
                if result.returncode:
                    raise contexts.Skipped(f"tc {command}: {result.stderr.strip()}")
        except BaseException:
            self.close()
            raise

    def bytes_to_client(self) -> int:
        """What has arrived at the client's interface, headers of all layers included."""
        table = subprocess.run([*self.on_client, "cat", "/proc/net/dev"], capture_output=True, text=True, check=True).stdout
        (line,) = [line for line in table.splitlines() if line.strip().startswith("veth1:")]
        return int(line.split(":")[1].split()[0])


def check():
    """Skips where such a link cannot be made."""
    reason = namespaces.why_not() or (None if shutil.which("tc") else "tc is not installed")
    if reason:
        raise contexts.Skipped(f"no network namespaces with a rated link: {reason}")
