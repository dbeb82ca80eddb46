import gc
import sys
import threading
import warnings
import weakref

import pytest

from livefin.prototyping.prints import FIRST, Prints
from livefin.trust.guard import guarded

say = print


def test_what_a_call_prints_is_kept_and_goes_nowhere_else(capsys):
    prints = Prints()
    result = prints.during(lambda: say("a\nb") or 7)
    assert result == 7
    assert prints.lines == ["a", "b"]
    assert capsys.readouterr().out == ""


def test_a_guarded_thread_prints_to_who_called(capsys):
    prints = Prints()
    prints.during(lambda: guarded(lambda: say("from a thread"), seconds=5))
    assert prints.lines == ["from a thread"]
    assert capsys.readouterr().out == ""


def test_other_threads_words_go_where_they_always_do(capsys):
    prints, inside, over = Prints(), threading.Event(), threading.Event()

    def quiet():
        inside.set()
        over.wait(5)
        say("mine")

    thread = threading.Thread(target=prints.during, args=(quiet,))
    thread.start()
    inside.wait(5)
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
