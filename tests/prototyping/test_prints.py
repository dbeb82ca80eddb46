import gc
import sys
import threading
import warnings
import weakref
from itertools import permutations

import pytest

from livefin.prototyping.prints import FIRST, Prints, _routed
from livefin.trust.guard import guarded
from livefin.trust.subject import _listening

say = print


def test_what_a_call_prints_is_kept_and_goes_nowhere_else(capsys):
    prints = Prints()
    result = prints.during(lambda: say("a\nb") or 7)
    assert result == 7
    assert prints.lines == ["a", "b"]
    assert capsys.readouterr().out == ""


def test_a_guarded_thread_prints_to_who_called(capsys):
    prints = Prints()
    prints.during(lambda: guarded(lambda: say("from a thread"), seconds=30))
    assert prints.lines == ["from a thread"]
    assert capsys.readouterr().out == ""


def test_other_threads_words_go_where_they_always_do(capsys):
    prints, inside, over = Prints(), threading.Event(), threading.Event()

    def quiet():
        inside.set()
        over.wait(30)
        say("mine")

    thread = threading.Thread(target=prints.during, args=(quiet,))
    thread.start()
    inside.wait(30)
    say("yours")
    over.set()
    thread.join()
    assert capsys.readouterr().out == "yours\n"
    assert prints.lines == ["mine"]


def test_the_streams_are_as_before_also_after_an_error():
    before = sys.stdout, sys.stderr
    with pytest.raises(ZeroDivisionError):
        Prints().during(lambda: 1 / 0)
    assert (sys.stdout, sys.stderr) == before


def test_what_stands_for_stdout_outlives_the_call_since_a_print_may_still_write_to_it():
    routed = Prints().during(lambda: weakref.ref(sys.stdout))
    gc.collect()
    assert routed() is not None
    assert sys.stdout is not routed()


def test_a_stream_put_in_place_meanwhile_stays(monkeypatch, tmp_path):
    with (tmp_path / "out").open("w") as other:

        def swap():
            monkeypatch.setattr(sys, "stdout", other)

        Prints().during(swap)
        assert sys.stdout is other


def test_warnings_are_kept_too(capsys):
    prints = Prints()

    def warn():
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning = lambda *_, **__: sys.stderr.write("divided by nothing\n")
            warnings.warn("divided by nothing", RuntimeWarning, stacklevel=1)

    prints.during(warn)
    assert prints.lines == ["divided by nothing"]
    assert "divided" not in capsys.readouterr().err


def test_only_the_first_lines_are_kept_and_all_are_counted():
    now = [0.0]
    prints = Prints(clock=lambda: now[0])
    assert str(prints) == ""
    for i in range(100):
        now[0] = i / 20
        prints.write(f"line {i}\n")
    assert prints.lines == [f"line {i}" for i in range(FIRST)]
    assert str(prints) == "prints 20 lines a second"
    now[0] += 60
    assert str(prints) == "has printed 100 lines"


def layers(stream):
    """What stands one before the other in front of a stream."""
    count = 0
    while (behind := vars(stream).get("stream", vars(stream).get("behind"))) is not None:
        stream, count = behind, count + 1
    return count


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_runs_that_overlap_with_a_check_put_no_layer_on_layer(order, monkeypatch):
    class Stream:
        pass

    monkeypatch.setattr(sys, "stdout", Stream())
    before = sys.stdout
    for _ in range(20):
        overlapping = [_routed(), _listening(), _routed()]
        for each in overlapping:
            each.__enter__()
        for i in order:
            overlapping[i].__exit__(None, None, None)
        assert layers(sys.stdout) <= 2
    Prints().during(lambda: None)
    assert sys.stdout is before
