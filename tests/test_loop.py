import asyncio
import threading

import pytest

import livefin as lf
from livefin.errors import LivefinError
from livefin.loop import Background


def test_run_returns_what_the_coroutine_returns_and_leaves_no_thread():
    async def name():
        return threading.current_thread().name

    assert lf.run(name()) == "livefin"
    assert "livefin" not in {thread.name for thread in threading.enumerate()}


def test_run_raises_what_the_coroutine_raises():
    async def fail():
        raise KeyError("x")

    with pytest.raises(KeyError):
        lf.run(fail())


def test_run_works_while_an_event_loop_runs_in_this_thread():
    async def inner():
        await asyncio.sleep(0)
        return 1

    async def notebook_cell():
        return lf.run(inner())

    assert asyncio.run(notebook_cell()) == 1


def test_run_from_the_background_loop_raises_instead_of_hanging():
    async def inner():
        return 1

    async def outer():
        return lf.run(inner())

    with pytest.raises(LivefinError, match="await it"):
        lf.run(outer())


def test_timeout_cancels():
    cancelled = threading.Event()

    async def slow():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    background = Background()
    with background.held():
        with pytest.raises(TimeoutError):
            background.run(slow(), timeout=0.05)
        assert cancelled.wait(30)


def test_the_thread_lives_as_long_as_somebody_holds_it():
    background = Background()
    first, second = background.acquire(), background.acquire()
    assert first is second
    background.release()
    assert background.running
    background.release()
    assert not background.running


def test_call_runs_on_the_loop_and_hands_errors_back():
    background = Background()
    with background.held():
        assert background.call(lambda: background.inside)
        with pytest.raises(ZeroDivisionError):
            background.call(lambda: 1 // 0)


def test_tasks_left_behind_are_cancelled_when_the_thread_ends():
    background = Background()
    seen = threading.Event()

    async def forever():
        try:
            await asyncio.sleep(1_000)
        finally:
            seen.set()

    with background.held() as loop:
        asyncio.run_coroutine_threadsafe(forever(), loop)
        background.call(lambda: None)
    assert seen.is_set()


def test_importing_and_connecting_patch_no_loop():
    before = asyncio.run
    with lf.connect("paper", "BTC-USDT"):
        assert asyncio.run is before
        assert not hasattr(asyncio, "_nest_patched")
