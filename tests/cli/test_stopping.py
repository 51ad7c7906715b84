"""Signals, sent to this very process: the first asks, the second ends, and afterwards all is as it was."""

from __future__ import annotations

import signal

import pytest

from strainopt.cli.batch_signals import EndRequest
from strainopt.cli.exits import Exit
from strainopt.cli.stopping import Stopper
from strainopt.errors import InterruptedRunError


@pytest.mark.parametrize("catcher", [Stopper, EndRequest])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_signals_did_before_they_do_again(catcher, number):
    before = signal.getsignal(number)
    with catcher() as caught:
        assert signal.getsignal(number) is not before
        assert not caught()
    assert signal.getsignal(number) is before
    with pytest.raises(ZeroDivisionError), catcher():
        raise ZeroDivisionError
    assert signal.getsignal(number) is before


@pytest.mark.parametrize(("number", "asked"), [(signal.SIGINT, Exit.CTRL_C), (signal.SIGTERM, Exit.STOPPED)])
def test_a_search_is_asked_once_and_then_ended(number, asked):
    ends = KeyboardInterrupt if number == signal.SIGINT else InterruptedRunError
    with Stopper() as stopper:
        stopper.keeping = True
        signal.raise_signal(number)
        assert stopper()
        assert stopper.asked is asked
        with pytest.raises(ends):
            signal.raise_signal(number)
    with Stopper(), pytest.raises(ends):
        signal.raise_signal(number)


def test_a_batch_remembers_the_first_and_only_ctrl_c_ends_it():
    with EndRequest() as end:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        assert end()
        assert end.number == signal.SIGTERM
        assert not end.by_hand
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    with EndRequest() as end:
        signal.raise_signal(signal.SIGINT)
        assert end.by_hand
