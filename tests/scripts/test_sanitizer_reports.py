"""Which sanitizer reports count: scripts/sanitizer_reports.py on logs of both kinds."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))

import sanitizer_reports  # noqa: E402

OURS = "    #0 skein::PutStream::Finish() src/server/put_stream.cpp:43 (distributed_server+0x1)"
OURS_DEEP = "    #3 std::_Function_handler<void (), skein::Engine::Engine()::{lambda()#1}>::_M_invoke /usr/include/std_function.h:290"
THEIRS = "    #0 memcpy <null> (distributed_server+0x2)\n    #1 duckdb::Vector::Flatten() <null> (libduckdb.so+0x3)"


def race(first, second, kind="data race", previous="Previous write of size 8 at 0x7b0400000010 by main thread:"):
    return (
        "==================\n"
        f"WARNING: ThreadSanitizer: {kind} (pid=4242)\n"
        "  Read of size 8 at 0x7b0400000010 by thread T5 (mutexes: write M1, read M2):\n"
        f"{first}\n\n"
        f"  {previous}\n"
        f"{second}\n\n"
        "  Location is heap block of size 8 at 0x7b0400000010 allocated by thread T1:\n"
        f"{OURS}\n\n"
        "  Thread T5 (tid=7, running) created by main thread at:\n"
        f"{OURS}\n\n"
        "SUMMARY: ThreadSanitizer: data race put_stream.cpp:43 in skein::PutStream::Finish()\n"
        "==================\n"
    )


@pytest.mark.parametrize(
    "first, second, expected",
    [(OURS, OURS, 1), (OURS, OURS_DEEP, 1), (OURS, THEIRS, 0), (THEIRS, OURS, 0), (THEIRS, THEIRS, 0)],
)
def test_a_race_counts_where_both_stacks_are_ours(first, second, expected):
    assert len(sanitizer_reports.findings(race(first, second))) == expected


def test_where_it_was_allocated_or_who_made_the_thread_does_not_matter():
    stacks = sanitizer_reports.stacks(race(THEIRS, THEIRS).splitlines())
    assert [len(frames) for _, frames in stacks] == [2, 2, 1, 1]
    assert sanitizer_reports.findings(race(THEIRS, THEIRS)) == []


@pytest.mark.parametrize(
    "heading",
    ["Previous atomic write of size 4 at 0x7b04 by thread T9:", "Previous read of size 1 at 0x7b04 by thread T2 (mutexes: write M3):"],
)
def test_all_kinds_of_access_are_seen(heading):
    assert len(sanitizer_reports.findings(race(OURS, OURS, previous=heading))) == 1
    assert sanitizer_reports.findings(race(OURS, THEIRS, previous=heading)) == []


def test_a_stack_that_was_lost_does_not_hide_the_other():
    lost = race(OURS, "    [failed to restore the stack]")
    assert len(sanitizer_reports.findings(lost)) == 0
    one_sided = race(OURS, "").replace("Previous write", "As if synchronized via sleep; previous")
    assert len(sanitizer_reports.findings(one_sided)) == 1


def test_reports_without_two_accesses_count_whoever_made_them():
    for kind in ("lock-order-inversion (potential deadlock)", "thread leak", "destroy of a locked mutex"):
        assert len(sanitizer_reports.findings(f"WARNING: ThreadSanitizer: {kind} (pid=1)\n  Thread T1 created by main thread at:\n{THEIRS}\n")) == 1


def test_several_reports_in_one_log():
    log = race(OURS, THEIRS) + race(OURS, OURS) + race(THEIRS, THEIRS) + race(OURS_DEEP, OURS)
    assert len(sanitizer_reports.findings(log)) == 2


def test_names_that_merely_contain_ours_are_not_ours():
    stranger = "    #0 duckdb::skeinlike::F() <null>\n    #1 not_skein::G() <null>"
    assert sanitizer_reports.findings(race(OURS, stranger)) == []


def test_other_sanitizers_count_always(tmp_path):
    for number, text in enumerate(["==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x60", "x.cpp:3:1: runtime error: signed integer overflow"]):
        (tmp_path / f"report.{number}").write_text(text)
    (tmp_path / "report.9").write_text("")
    assert [path.name for path, _ in sanitizer_reports.findings_of_folder(tmp_path)] == ["report.0", "report.1"]


def test_refused_memory_is_no_report_and_hides_none():
    refused = "==7==WARNING: AddressSanitizer failed to allocate 0x7f00000040 bytes\n"
    assert sanitizer_reports.findings(refused * 2) == []
    found = "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60\n"
    assert sanitizer_reports.findings(refused + found + refused) == [found]


def test_mapped_memory_counts_only_where_it_is_known_what_it_is():
    mapped = race(OURS, OURS).replace("0x7b0400000010", "0x7f2af1a80042")
    assert len(sanitizer_reports.findings(mapped)) == 1
    unknown = "".join(line for line in mapped.splitlines(keepends=True) if not line.startswith("  Location is"))
    assert sanitizer_reports.findings(unknown) == []
    assert len(sanitizer_reports.findings(unknown.replace("0x7f2af1a80042", "0x7b0400000010"))) == 1
