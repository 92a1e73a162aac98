"""The service: trainings go on while asked to, nobody but their owner steers them, and nothing is left behind."""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from rnn_core import Invalid
from rnn_core.experiment import fingerprint
from rnn_core.training import service as service_module
from rnn_core.training.group import Group
from rnn_core.training.live import whole
from rnn_core.training.plan import Plan
from rnn_core.training.run import PAUSED, RUNNING
from rnn_core.training.service import KEEP, Inline, Slot, Ticket
from tests.core.trainings import ENDINGS, Watcher, a_round, small, to_the_end, told, until

ENDLESS = small("rnn", budget=1_000_000, lr=1e-6)
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_module, "SLICE", 0.02)
    monkeypatch.setattr(service_module, "TURN", 0.01)


@pytest.fixture
def place() -> Iterator[Inline]:
    made = Inline()
    yield made
    made.close()


@pytest.fixture
def brief() -> Iterator[Inline]:
    """Puts away at once what is not asked for."""
    made = Inline(lease=0)
    yield made
    made.close()


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps ten messages."""
    monkeypatch.setattr(service_module, "MESSAGES", 10)


@dataclass
class Owner:
    """A training and its owner's browser."""

    place: Inline
    ticket: Ticket

    @property
    def slot(self) -> Slot:
        return self.place.slots[self.ticket.id]

    @property
    def group(self) -> Group:
        assert self.slot.group is not None
        return self.slot.group

    def ask(self) -> None:
        self.place.advance(*self.ticket)

    def steer(self, command: str, *given: Any) -> None:
        self.place.steer(*self.ticket, command, *given)

    def until(self, holds: Callable[[], Any]) -> None:
        until(holds, self.ask)

    def works(self) -> None:
        """Until it has made more updates."""
        made = self.place.made(self.ticket.id)
        self.until(lambda: self.place.made(self.ticket.id) > made)

    def leaves(self) -> None:
        """As if nobody had asked or looked for long; until it rests, or is put away where the lease is over."""
        slot = self.slot
        slot.asked -= 10
        a_round(self.place)
        slot.used -= 10
        until(lambda: self.place.lease or slot.group is None)


def started(place: Inline, plan: Plan = ENDLESS, **more: Any) -> Owner:
    return Owner(place, place.start(plan, **more))


def files(place: Inline) -> list[str]:
    return sorted(path.name for path in Path(place.folder.name).iterdir())


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(Invalid) as caught:
        call()
    return caught.value.code


# ---- Asking


def test_it_learns_while_it_is_asked_to(place: Inline) -> None:
    """As a Group by itself would, to the last digit; and says when it is done."""
    owner = started(place, small())
    owner.until(lambda: place.state(owner.ticket.id) == "ended")
    assert told(owner.group) == told(to_the_end(Group(small())))
    assert place.made(owner.ticket.id) == [60, 60, 60]
    assert [row["loss"] for row in place.records(owner.ticket.id) if row["model"] == 2] == owner.group.runs[
        1
    ].history.losses


def test_not_asking_is_a_pause(place: Inline) -> None:
    """A watcher's reading is no asking. Asked again it goes on."""
    owner = started(place)
    owner.works()
    owner.leaves()
    made, number = owner.group.made, owner.slot.number
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        place.history(owner.ticket.id)
        place.moment(owner.ticket.id, 0)
        time.sleep(0.01)
    assert (owner.group.made, owner.slot.number, place.state(owner.ticket.id)) == (made, number, RUNNING)
    owner.works()


def test_steering_is_asking(place: Inline) -> None:
    owner = started(place)
    owner.leaves()
    made = owner.group.made
    until(lambda: owner.group.made > made, lambda: owner.steer("set_lr", 0, 0.5))


def test_all_have_their_turn(place: Inline) -> None:
    """Five at once, all go on; and none has so little time that changing over would cost more."""
    owners = [started(place) for _ in range(5)]
    with patch.object(Group, "advance", autospec=True, side_effect=Group.advance) as advance:
        until(lambda: min(owner.group.made for owner in owners) > 20, lambda: [owner.ask() for owner in owners])
        advance.reset_mock()
        until(lambda: advance.call_count > 10, lambda: [owner.ask() for owner in owners])
        assert {call.args[1] for call in advance.call_args_list} == {service_module.TURN}


def test_it_does_not_wait_while_there_is_work(place: Inline) -> None:
    owner = started(place)
    owner.works()
    with patch.object(place.wake, "wait", side_effect=place.wake.wait) as wait:
        number = owner.slot.number
        owner.until(lambda: owner.slot.number > number + 5)
        assert not wait.called


def test_who_holds_one_up_holds_up_no_other(place: Inline) -> None:
    """Somebody looks long at one training: the others learn, and that one can be stopped."""
    held, other, found = started(place), started(place), []
    with held.slot.lock:
        made = held.group.made
        other.works()
        waiting = threading.Thread(target=lambda: found.append(refused(lambda: place.rates(held.ticket.id))))
        waiting.start()
        other.works()
        other.works()
        assert held.group.made == made
        thread = threading.Thread(target=place.stop, args=held.ticket)
        thread.start()
        thread.join(10)
        assert not thread.is_alive()
    waiting.join(10)
    assert found == ["no-run"]


# ---- Put away, and brought back


@pytest.mark.parametrize("plan", [small(budget=200), ENDINGS])
def test_put_away_it_goes_on_where_it_was(brief: Inline, plan: Plan) -> None:
    """Again and again; at its end it knows the same as one that nothing has disturbed."""
    owner = started(brief, plan)
    for updates in (2, 10, 45):
        owner.until(lambda updates=updates: max(brief.made(owner.ticket.id)) >= updates)
        owner.leaves()
        assert len(files(brief)) == 4
    assert brief.state(owner.ticket.id) == RUNNING
    owner.until(lambda: brief.state(owner.ticket.id) == "ended")
    with brief._group(owner.slot) as group:
        assert told(group) == told(to_the_end(Group(plan)))


def test_paused_it_stays_paused(brief: Inline) -> None:
    """Whoever asks, after it was put away and brought back; until it is told to go on."""
    owner = started(brief)
    owner.works()
    owner.steer("pause")
    made = owner.group.made
    owner.leaves()
    assert brief.state(owner.ticket.id) == PAUSED
    for _ in range(20):
        owner.ask()
        time.sleep(0.01)
    assert brief.made(owner.ticket.id) == [made]
    assert brief.state(owner.ticket.id) == PAUSED
    owner.steer("resume")
    owner.works()


@pytest.mark.parametrize("own", ["\r\n".join(str(k * k % 17) for k in range(300)), None])
def test_own_data_come_back(brief: Inline, own: str | None) -> None:
    """To the letter; and while it is away they take no memory."""
    plan = Plan.usual("forecast", ("rnn",), hidden=3, **({"data": fingerprint(own)} if own else {}))
    owner = started(brief, plan, own=own)
    owner.leaves()
    assert not [name for name, value in vars(owner.slot).items() if value is own and own]
    assert brief.own(*owner.ticket) == own
    assert brief.own(owner.ticket.id, "another") is None
    owner.works()
    assert brief.own(*owner.ticket) == own


def test_whoever_comes_to_one_put_away_sees_it_all(brief: Inline) -> None:
    """Without bringing it back. Who looks at a moment does that, and it is put away again."""
    owner, watcher = started(brief), Watcher()
    owner.works()
    owner.leaves()
    for _, data, _ in brief.history(owner.ticket.id):
        watcher.take(json.loads(data))
    assert owner.slot.group is None
    assert len(owner.slot.messages) == 1
    made = watcher.models[0]["made"]
    assert json.loads(brief.moment(owner.ticket.id, made))["probe"] == watcher.probe
    until(lambda: owner.slot.group is None)
    assert brief.history(owner.ticket.id, owner.slot.number) == []


def test_who_looks_at_one_put_away_keeps_it_for_a_while(place: Inline) -> None:
    """In memory, for the next look; not at work."""
    owner = started(place)
    owner.leaves()
    owner.slot.used -= 1000
    until(lambda: owner.slot.group is None)
    made = place.made(owner.ticket.id)
    a_round(place)
    assert owner.slot.group is not None
    assert place.made(owner.ticket.id) == made


def test_after_long_it_is_forgotten(brief: Inline) -> None:
    """With its files."""
    owner = started(brief)
    owner.leaves()
    assert files(brief)
    owner.slot.used -= KEEP
    until(lambda: not brief.slots and not files(brief))
    assert refused(lambda: brief.history(owner.ticket.id)) == refused(owner.ask) == "no-run"


def test_what_is_asked_for_is_kept(place: Inline) -> None:
    """Also where it does nothing, and for longer than others are kept."""
    owner = started(place)
    owner.steer("pause")
    place.keep = math.inf
    owner.slot.used -= KEEP
    owner.ask()
    place.keep = KEEP
    a_round(place)
    assert owner.slot.group is not None
    owner.leaves()
    owner.slot.used -= KEEP
    until(lambda: not place.slots)


def test_only_so_many_are_kept(brief: Inline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those used last."""
    monkeypatch.setattr(service_module, "KEPT", 2)
    owners = [started(brief) for _ in range(4)]
    for each in owners:
        each.leaves()
    until(lambda: len(brief.slots) == 2 and len(files(brief)) == 4)
    assert {*brief.slots} == {owner.ticket.id for owner in owners[2:]}


def test_those_asked_for_have_a_place(place: Inline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all places are asked for, a new training is refused; an idle one makes way, and comes back when there is
    room."""
    monkeypatch.setattr(service_module, "SLOTS", 2)
    first, second = started(place), started(place)
    both = lambda: [first.ask(), second.ask()]  # noqa: E731
    both()
    assert refused(lambda: started(place)) == "busy"
    first.works()
    second.leaves()
    first.ask()
    third = started(place)
    until(lambda: second.slot.group is None, lambda: [first.ask(), third.ask()])
    for each in (first, third):
        each.ask()
    assert refused(lambda: second.steer("single")) == "busy"
    assert refused(lambda: place.moment(second.ticket.id, 0)) == "busy"
    made = second.slot.messages[0].data
    until(lambda: third.group.made > 20, lambda: [each.ask() for each in (first, second, third)])
    assert second.slot.group is None  # it waits
    assert second.slot.messages[0].data == made
    place.stop(*first.ticket)
    until(lambda: second.slot.group, lambda: [second.ask(), third.ask()])


# ---- Steering


def test_steering_takes_effect_before_it_returns(place: Inline) -> None:
    """And all who watch are told."""
    owner = started(place, small(budget=100_000, lr=1e-6))
    owner.works()
    owner.steer("pause")
    assert place.state(owner.ticket.id) == PAUSED
    made = owner.group.made
    owner.steer("single")
    assert place.made(owner.ticket.id) == [made + 1] * 3
    owner.steer("set_lr", 1, 0.5)
    assert place.rates(owner.ticket.id) == [1e-6, 0.5, 1e-6]
    owner.steer("rewind")
    assert place.made(owner.ticket.id) == [0, 0, 0]
    said = json.loads(owner.slot.messages[-1].data)
    assert (said["kind"], said["state"], said["models"][1]["lr"]) == ("whole", PAUSED, 0.5)
    assert [curves["at"][-1] for curves in said["before"]] == [made + 1] * 3
    owner.steer("resume")
    owner.works()


def test_a_larger_budget_is_gone_on_with(brief: Inline) -> None:
    """Also after it was put away; who comes by its link is told of it."""
    owner = started(brief, small())
    owner.until(lambda: brief.state(owner.ticket.id) == "ended")
    owner.steer("prolong", 70)
    owner.leaves()
    assert brief.plan(owner.ticket.id) == small(budget=70)
    owner.steer("resume")
    owner.until(lambda: brief.state(owner.ticket.id) == "ended")
    with brief._group(owner.slot) as group:
        assert [run.made for run in group.runs] == [70, 70, 70]


@pytest.mark.parametrize("command", ["checkpoint", "_be", "runs", "__class__", ""])
def test_there_are_only_so_many_commands(place: Inline, command: str) -> None:
    assert refused(lambda: started(place).steer(command)) == "choice"


def test_what_cannot_be_set_changes_nothing(place: Inline) -> None:
    owner = started(place)
    number = owner.slot.number
    owner.steer("pause")
    assert refused(lambda: owner.steer("set_lr", 0, 1e9)) == "range"
    assert place.rates(owner.ticket.id) == [1e-6]
    assert owner.slot.number - number < 50
    owner.steer("resume")
    owner.works()


@pytest.mark.parametrize("token", ["", "x", "é", "\ud800", "\0", "None"])
def test_only_its_owner_steers(place: Inline, token: str) -> None:
    """Whoever has the id alone can watch, and nothing else."""
    owner, other = started(place), started(place)
    id = owner.ticket.id
    for wrong in (token, other.ticket.token, owner.ticket.token[:-1], owner.ticket.token + "x", id):
        assert not place.owns(id, wrong)
        assert refused(lambda wrong=wrong: place.advance(id, wrong)) == "no-run"
        assert refused(lambda wrong=wrong: place.stop(id, wrong)) == "no-run"
        assert refused(lambda wrong=wrong: place.steer(id, wrong, "pause")) == "no-run"
        assert place.own(id, wrong) is None
    assert place.state(id) == RUNNING
    assert place.owns(*owner.ticket)
    for look in (place.history, place.recent, place.plan, place.state, place.rates, place.made, place.records):
        look(id)
    assert owner.ticket.token.encode() not in b"".join(message.data for message in place.history(id))


def test_ids_cannot_be_guessed(place: Inline) -> None:
    """Long, of letters that an address can hold, and never twice; one that nobody was given is refused by all."""
    tickets = [started(place).ticket for _ in range(20)]
    assert len({part for ticket in tickets for part in ticket}) == 40
    for id, token in tickets:
        assert len(id) >= 12
        assert len(token) >= 32
        assert (id + token).replace("-", "a").replace("_", "a").isalnum()
    id, token = "nobody", tickets[0].token
    looks = (place.history, place.recent, place.plan, place.state, place.rates, place.made, place.records)
    for call in (
        *(partial(look, id) for look in looks),
        *(partial(look, id, 0) for look in (place.moment, place.learned, place.weights)),
        *(partial(act, id, token) for act in (place.advance, place.stop)),
        partial(place.steer, id, token, "pause"),
    ):
        assert refused(call) == "no-run"
    assert not place.owns(id, token)


# ---- What is told


def test_who_reads_on_misses_nothing(place: Inline) -> None:
    """Messages come in order and without a gap; together they are the history."""
    owner, watcher, seen = started(place, small()), Watcher(), -1
    numbers = []

    def read() -> None:
        nonlocal seen
        owner.ask()
        for message in place.history(owner.ticket.id, seen):
            seen = message.number
            numbers.append(seen)
            watcher.take(json.loads(message.data))

    until(lambda: watcher.state == "ended", read)
    place.made(owner.ticket.id)  # then the last of it has been told
    read()
    watcher.knows(owner.group)
    assert numbers == list(range(1, owner.slot.number + 1))
    assert watcher.wholes == 1


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize("every", [3, 15])
def test_who_falls_behind_is_told_all_of_it(place: Inline, every: int) -> None:
    """Reads now and then, or comes late: never news whose beginning it has missed."""
    owner, watcher, seen = started(place, small("rnn", budget=100_000, lr=1e-6)), Watcher(), -1
    for _ in range(3):
        at = owner.slot.number + every
        owner.until(lambda at=at: owner.slot.number > at)
        for message in place.history(owner.ticket.id, seen):
            assert message.whole or message.number == seen + 1
            seen = message.number
            watcher.take(json.loads(message.data))
    owner.steer("pause")
    for message in place.history(owner.ticket.id, seen):
        watcher.take(json.loads(message.data))
    watcher.knows(owner.group)


@pytest.mark.usefixtures("forgetful")
def test_all_who_watch_share_an_encoding(place: Inline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred who follow, and two hundred who come late: the same bytes."""
    owner = started(place)
    owner.until(lambda: owner.slot.number > 15)
    owner.steer("pause")
    for _ in range(11):
        owner.steer("single")
    encoded = []
    plain = service_module._encoded
    monkeypatch.setattr(service_module, "_encoded", lambda content: encoded.append(1) or plain(content))
    late = {id(place.history(owner.ticket.id)[0].data) for _ in range(200)}
    assert (len(late), len(encoded)) == (1, 1)
    owner.steer("single")
    number = owner.slot.number
    assert len({id(place.history(owner.ticket.id, number - 1)[0].data) for _ in range(200)}) == 1
    assert len(encoded) == 3  # what happened, and a look at it
    for _ in range(11):
        owner.steer("single")
    assert place.history(owner.ticket.id)[0].number == owner.slot.number
    owner.steer("rewind")
    assert owner.slot.all_of_it is None  # it would be there twice


@pytest.mark.parametrize("command", ["pause", "single", "rewind", ""])
def test_where_it_rests_all_have_seen_it_so(place: Inline, command: str) -> None:
    """The last that is told is what the models make of the probe sequence then, whoever or whatever ended its work."""
    owner = started(place, small(budget=60 if command == "" else 1_000_000))
    owner.works()
    if command:
        owner.steer("pause")
        owner.steer(command)
    owner.until(lambda: place.state(owner.ticket.id) != RUNNING)
    with place._group(owner.slot) as group:
        said, now = json.loads(owner.slot.messages[-1].data), json.loads(json.dumps(whole(group)))
        assert (said["state"], said["probe"]) == (now["state"], now["probe"])


def test_who_steers_need_not_wait_for_a_slice(place: Inline, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice of twenty seconds ends after the round in which somebody comes; all models have made as many updates."""
    owner = started(place, small(budget=1_000_000, lr=1e-6))
    owner.works()
    monkeypatch.setattr(service_module, "SLICE", 20)
    for _ in range(5):
        made = owner.group.made
        until(lambda made=made: owner.group.made > made, owner.ask)
        began = time.monotonic()
        owner.steer("set_lr", 0, 1e-6)
        assert time.monotonic() - began < 5
        assert len({*place.made(owner.ticket.id)}) == 1
    owner.steer("pause")


@pytest.mark.usefixtures("forgetful")
def test_reading_does_not_wait_for_work(place: Inline) -> None:
    """Who follows is told while somebody holds the training; who has fallen behind is told later."""
    owner = started(place)
    owner.until(lambda: owner.slot.number > 15)
    number, found = owner.slot.number, []
    with owner.slot.lock:
        thread = threading.Thread(
            target=lambda: found.extend(
                [place.recent(owner.ticket.id, owner.slot.number - 1), place.recent(owner.ticket.id, 3)]
            )
        )
        thread.start()
        thread.join(10)
    assert len(found[0]) == 1
    assert found[1] is None
    assert place.history(owner.ticket.id, 3)[0].whole
    assert place.history(owner.ticket.id, 3)[0].number >= number


def test_a_moment_is_as_it_was(place: Inline) -> None:
    """After an earlier update; later than all updates is now; before the first is refused."""
    owner = started(place, small("gru"))
    owner.until(lambda: place.state(owner.ticket.id) == "ended")
    by_itself = Group(small("gru"))
    seen = {0: by_itself.look()}
    while by_itself.state == RUNNING:
        by_itself.advance(0)
        seen[by_itself.made] = by_itself.look()
    for update in (0, 1, 33, 60, 10**9):
        found = json.loads(place.moment(owner.ticket.id, update))
        assert found["update"] == update
        assert found["probe"] == json.loads(json.dumps(service_module.probes(seen[min(update, 60)])))
        assert place.learned(owner.ticket.id, 0, update).moment.update == min(update, 60)
        assert place.weights(owner.ticket.id, 0, update) == by_itself.runs[0].weights(min(update, 60))
    assert refused(lambda: place.moment(owner.ticket.id, -1)) == "range"


# ---- Stopping, and what goes wrong


def test_a_stopped_training_is_gone(brief: Inline) -> None:
    """For its owner and for all; its files too."""
    owner = started(brief)
    owner.works()
    owner.leaves()
    owner.works()
    slot = owner.slot
    brief.stop(*owner.ticket)
    assert refused(owner.ask) == refused(lambda: brief.history(owner.ticket.id)) == "no-run"
    assert refused(lambda: brief.stop(*owner.ticket)) == "no-run"
    until(lambda: not files(brief))
    with pytest.raises(Invalid), brief._group(slot):
        pass


def test_stopped_at_any_moment_it_leaves_nothing(brief: Inline, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred times, in whatever it is doing: working, being put away or brought back. It never takes long, and no
    thread, file or training stays."""
    monkeypatch.setattr(service_module, "ASKED", 0.02)
    chance, threads, longest = random.Random(0), threading.active_count(), 0.0
    for _ in range(100):
        owner = started(brief, small("rnn", hidden=chance.randint(1, 40), batch=chance.randint(1, 60), budget=100_000))
        end = time.monotonic() + chance.random() * 0.08
        asks = chance.random() < 0.5
        while time.monotonic() < end:
            if asks:
                owner.ask()
            time.sleep(0.002)
        began = time.perf_counter()
        brief.stop(*owner.ticket)
        longest = max(longest, time.perf_counter() - began)
    assert longest < 1
    assert not brief.slots
    until(lambda: not files(brief))
    assert threading.active_count() == threads
    print(f"the slowest of 100 stops took {1e3 * longest:.1f} ms")


def test_a_fault_ends_one_training_alone(brief: Inline, caplog: pytest.LogCaptureFixture) -> None:
    """Its watchers are told by a sentence's code, the log says more; the others go on."""
    broken, other = started(brief), started(brief)
    other.ask()
    broken.steer("pause")
    slot = broken.slot
    broken.group.runs[0].take = lambda _: 1 / 0  # type: ignore[assignment]
    broken.steer("resume")
    until(lambda: slot.failed, other.ask)
    assert slot.group is None
    assert not slot.messages
    assert refused(lambda: brief.history(broken.ticket.id)) == refused(lambda: brief.plan(broken.ticket.id)) == "failed"
    assert refused(broken.ask) == refused(lambda: brief.stop(*broken.ticket)) == "failed"
    assert not brief.owns(*broken.ticket)
    assert "ZeroDivisionError" in caplog.text
    other.works()


@pytest.mark.parametrize("damage", ["lost", "cut", "read-only"])
def test_files_that_are_damaged_end_one_training_alone(brief: Inline, damage: str) -> None:
    broken, other = started(brief), started(brief)
    slot = broken.slot
    if damage == "read-only":
        Path(brief.folder.name, f"{broken.ticket.id}.1").mkdir()  # so it cannot be written
        slot.asked -= 10
    else:
        broken.leaves()
        path = slot.kept[1]
        path.unlink() if damage == "lost" else path.write_bytes(path.read_bytes()[:100])

    def ask() -> None:
        other.ask()
        if damage != "read-only":
            with suppress(Invalid):
                broken.ask()

    if damage == "lost":
        for _ in range(20):
            ask()
            time.sleep(0.01)
        assert refused(lambda: broken.steer("single")) == "no-run"
    else:
        until(lambda: slot.failed, ask)
    if damage == "lost":
        brief.stop(*broken.ticket)
    other.works()


def test_many_steer_at_once(brief: Inline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen threads ask, steer, read, look back and stop at random for three seconds: nobody is left waiting, nothing
    is refused but in words, and afterwards all is as before."""
    monkeypatch.setattr(service_module, "ASKED", 0.05)
    plan, threads, wrong = small("rnn", "gru", budget=2000), threading.active_count(), []
    owners = [started(brief, plan) for _ in range(3)]
    end = time.monotonic() + 3

    def meddle(seed: int) -> None:
        chance = random.Random(seed)
        while time.monotonic() < end:
            k = chance.randrange(3)
            try:
                with suppress(Invalid):
                    if chance.random() < 0.02:
                        brief.stop(*owners[k].ticket)
                        owners[k] = started(brief, plan)
                    else:
                        something(owners[k], chance)
            except BaseException as problem:
                wrong.append(problem)
                raise

    meddlers = [threading.Thread(target=meddle, args=(seed,)) for seed in range(16)]
    for each in meddlers:
        each.start()
    for each in meddlers:
        each.join(60)
    assert not [each for each in meddlers if each.is_alive()], "somebody waits for ever"
    assert not wrong
    monkeypatch.undo()
    for owner in owners:
        owner.steer("rewind")
        owner.steer("resume")
        owner.works()
    for id, slot in brief.slots.copy().items():
        brief.stop(id, slot.ticket.token)
    until(lambda: not files(brief) and not brief.slots)
    assert threading.active_count() == threads


def something(owner: Owner, chance: random.Random) -> None:
    """Anything that a browser may ask for."""
    place, id = owner.place, owner.ticket.id
    match chance.randrange(10):
        case 0 | 1:
            owner.ask()
        case 2:
            owner.steer(chance.choice(["pause", "resume", "resume", "single", "rewind"]))
        case 3:
            owner.steer("set_lr", chance.randrange(2), 10 ** chance.uniform(-6, 2))
        case 4 | 5:
            numbers = [message.number for message in place.history(id, chance.randint(-1, 60))]
            assert numbers == [*range(numbers[0], numbers[0] + len(numbers))] if numbers else True
        case 6:
            place.moment(id, chance.randint(0, 50))
        case 7:
            place.records(id)
        case 8:
            place.weights(id, 0)
        case 9:
            time.sleep(chance.random() * 0.2)


def test_closing_ends_the_thread_and_removes_the_folder() -> None:
    """Also while it works; and twice."""
    before = threading.enumerate()
    place = Inline(lease=0)
    folder = Path(place.folder.name)
    owner, other = started(place), started(place)
    owner.works()
    other.leaves()
    assert files(place)
    with patch.object(place, "_round", side_effect=lambda: time.sleep(0.3)) as a_long_one:
        until(lambda: a_long_one.called)
        place.close()
    assert not place.thread.is_alive()
    place.close()
    assert threading.enumerate() == before
    assert not folder.exists()


def test_there_is_one_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks first, and however many at once; closing it where there is none does nothing."""
    service_module._inline.cache_clear()
    service_module.close()
    plain = service_module.Inline
    monkeypatch.setattr(service_module, "Inline", lambda: (time.sleep(0.05), plain())[1])
    found: list[Inline] = []
    threads = [threading.Thread(target=lambda: found.append(service_module.service())) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len({*map(id, found)}) == 1
    service_module.close()
    assert not found[0].thread.is_alive()
    service_module._inline.cache_clear()


# ---- Where it computes

NO_TORCH = """
import sys
from rnn_core.training.devices import present
from rnn_core.training.plan import Plan
from rnn_core.training.service import Inline

plan = Plan.usual("adding", ("lstm", "gru"), hidden=64, batch=64, length=5)
place = Inline()
ticket = place.start(plan)
while min(place.made(ticket.id)) < 3:
    place.advance(*ticket)
place.moment(ticket.id, 1), place.learned(ticket.id, 0), place.weights(ticket.id, 1)
place.close()
print(present()[0], "torch" in sys.modules)
"""


def test_torch_is_not_imported_unless_asked_for() -> None:
    """Not where `auto` would choose it, nor to find out which devices there are."""
    from rnn_core.training.engine import choose

    first = Plan.usual("adding", ("lstm",), hidden=64, batch=64).first
    assert choose(first, service_module.Group(small("rnn")).runs[0].task).engine == "torch"
    run = subprocess.run([sys.executable, "-c", NO_TORCH], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["numpy", "False"]


def test_torch_works_where_it_is_asked_for(place: Inline) -> None:
    """The same training, to rounding."""
    pytest.importorskip("torch")
    owner = started(place, small("gru"), device="torch")
    assert {run.choice.engine for run in owner.group.runs} == {"torch"}
    owner.until(lambda: place.state(owner.ticket.id) == "ended")
    losses = to_the_end(Group(small("gru"))).runs[0].history.losses
    np.testing.assert_allclose(owner.group.runs[0].history.losses, losses, rtol=1e-6)


def test_a_device_that_is_not_there_is_refused(place: Inline) -> None:
    assert refused(lambda: started(place, device="abacus")) == "choice"
    assert not place.slots
