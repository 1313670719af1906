"""Two hosts of a test's own: network namespaces joined by a pair of virtual interfaces."""

import contextlib
import shutil
import subprocess

SERVER_ADDRESS = "10.213.7.1"
CLIENT_ADDRESS = "10.213.7.2"
SERVER_ADDRESS_V6 = "fd5e:17::1"
CLIENT_ADDRESS_V6 = "fd5e:17::2"


def why_not():
    """Why namespaces cannot be made here; None where they can."""
    for program in ("unshare", "nsenter", "ip"):
        if not shutil.which(program):
            return f"{program} is not installed"
    made = subprocess.run(["unshare", "-rn", "ip", "link", "add", "name", "veth0", "type", "veth", "peer", "name", "veth1"],
                          capture_output=True, text=True)
    return made.stderr.strip() or "unshare failed" if made.returncode else None


def alone():
    """Prefix of a command that runs where there is no network but its own loopback interface."""
    return ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$0" "$@"']


class TwoHosts:
    """`on_server` and `on_client` are prefixes of commands that run on one of the hosts."""

    def __init__(self):
        self._stack = contextlib.ExitStack()
        try:
            server_host = self._hold(["unshare", "-rn"])
            self.on_server = self._enter(server_host)
            client_host = self._hold([*self.on_server, "unshare", "-n"])
            self.on_client = self._enter(client_host)
            self._run(self.on_server, f"link add name veth0 type veth peer name veth1 netns {client_host.pid}")
            for prefix, device, v4, v6 in ((self.on_server, "veth0", SERVER_ADDRESS, SERVER_ADDRESS_V6),
                                           (self.on_client, "veth1", CLIENT_ADDRESS, CLIENT_ADDRESS_V6)):
                self._run(prefix, "link set lo up")
                self._run(prefix, f"address add {v4}/24 dev {device}")
                self._run(prefix, f"address add {v6}/64 dev {device} nodad")
                self._run(prefix, f"link set {device} up")
        except BaseException:
            self.close()
            raise

    def _hold(self, prefix):
        """A process that keeps a namespace; says one line once it is there."""
        process = subprocess.Popen([*prefix, "sh", "-c", "echo made; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        assert process.stdout.readline() == "made\n", "no namespace"
        return process

    @staticmethod
    def _enter(process):
        return ["nsenter", "-t", str(process.pid), "-U", "-n", "--preserve-credentials", "--"]

    @staticmethod
    def _run(prefix, command):
        result = subprocess.run([*prefix, "ip", *command.split()], capture_output=True, text=True)
        assert result.returncode == 0, f"ip {command}: {result.stderr}"

    def cut(self):
        """No packet passes any more; no side is told."""
        self._run(self.on_client, "link set veth1 down")

    def close(self):
        self._stack.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
