"""Runs distributed_server where it is expected to end by itself."""

import subprocess

import skein_server


def run(*arguments, prefix=(), cwd=None, **environment):
    """The ended process with its exit code, standard output and standard error."""
    return subprocess.run(
        [*prefix, str(skein_server.build_dir() / "distributed_server"), *map(str, arguments)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=skein_server.HANG_SECONDS, cwd=cwd,
        env=skein_server.clean_environment(**environment))


def refusal(*arguments, code=1, **named):
    """What it says on standard error when it refuses to start, which it must do without pretending to listen."""
    ended = run(*arguments, **named)
    assert ended.returncode == code, f"ended with {ended.returncode}: {ended.stdout}{ended.stderr}"
    assert ended.stdout == ""
    assert ended.stderr.startswith("distributed_server: "), ended.stderr
    return ended.stderr
