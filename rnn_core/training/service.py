"""The service that places trainings: start one, ask it to go on, see what happened, stop it.

A training is *pulled*: its owner's browser asks again and again, and nobody's asking is the pause of a closed tab. One
not used for LEASE seconds gives its place back; its checkpoint is kept for KEEP seconds, and who asks then goes on from
there. `id` lets anybody watch and is in the address; `token` steers, and stays with its owner.

This is the inline form: one thread of the server's own process, where every training gets a slice of work in turn. Who
works with a Group holds its slot's lock. The thread waits for no lock longer than for a turn, and it alone puts away
and deletes, so that nothing done to one training holds up the others.
"""

from __future__ import annotations

import hmac
import json
import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, Protocol

from rnn_core.experiment import KEPT, SLOTS
from rnn_core.invalid import Invalid
from rnn_core.params import Params
from rnn_core.training.group import Group, Slice
from rnn_core.training.learned import Learned, Moment, key_of
from rnn_core.training.live import news, probes, whole
from rnn_core.training.plan import Plan
from rnn_core.training.run import RUNNING

SLICE = 0.1  # seconds in which every training has its turn …
TURN = 0.02  # … or where they are many, of a turn
ASKED = 1.5  # seconds for which an owner's asking holds
LEASE, KEEP = 120.0, 24 * 3600.0
SHOWN = 32  # networks that were last looked at elsewhere: a class opens the same ones
STEERING = ("pause", "resume", "single", "rewind", "set_lr", "prolong")
MESSAGES = 40  # kept for those who watch and fall behind; who falls further is sent all of it again


class Ticket(NamedTuple):
    """id: to watch; token: to steer."""

    id: str
    token: str


class Message(NamedTuple):
    """One number higher than the one before; data is JSON, as `live` says; whole: what came before counts no more."""

    number: int
    data: bytes
    whole: bool


class Service(Protocol):
    """What a page needs to know of a place where trainings run. All but `start` raise Invalid: "no-run" for an id that
    is not known (any more) and, where a token is asked for, for another than the owner's; "failed" where a fault of the
    app has ended the training; "busy" where it was put away and there is no room for it now."""

    def start(
        self, plan: Plan, own: str | None = None, first: Sequence[Params | None] = (), device: str = "numpy"
    ) -> Ticket:
        """A new training; to start it is to ask for it once. Arguments and Invalid as of Group; and Invalid("busy")
        where there is no room."""
        ...

    def advance(self, id: str, token: str) -> None:
        """Ask it to go on working; to be said again every second."""
        ...

    def history(self, id: str, seen: int = -1) -> list[Message]:
        """What has happened since message number `seen`; all of it where that is too long ago."""
        ...

    def stop(self, id: str, token: str) -> None:
        """It ends, and its place is free."""
        ...


@dataclass(eq=False)
class Slot:
    """One training: in memory as `group`, or put away in the files `kept`.

    left     its state when it was put away
    asked    when its owner last asked for work; `used`, when anybody last needed the Group
    """

    ticket: Ticket
    plan: Plan
    device: str
    group: Group | None
    lock: threading.Lock = field(default_factory=threading.Lock)
    queue: threading.Lock = field(default_factory=threading.Lock)  # of who waits for `lock`, so that all get it in turn
    asked: float = field(default_factory=time.monotonic)
    used: float = field(default_factory=time.monotonic)
    left: str = RUNNING
    kept: list[Path] = field(default_factory=list)
    failed: bool = False
    messages: deque[Message] = field(default_factory=lambda: deque(maxlen=MESSAGES))
    all_of_it: Message | None = None

    @property
    def state(self) -> str:
        group = self.group
        return group.state if group else self.left

    @property
    def own(self) -> str | None:
        """Its owner's own data."""
        group = self.group
        return group.own if group else self.kept[0].read_bytes().decode() or None

    @property
    def number(self) -> int:
        """Of the last message."""
        messages = self.messages
        return messages[-1].number if messages else 0

    def say(self, content: dict[str, Any]) -> None:
        """To all who watch, encoded once."""
        message = Message(self.number + 1, _encoded(content), content["kind"] == "whole")
        if message.whole:
            self.messages, self.all_of_it = deque([message], maxlen=MESSAGES), None
        else:
            self.messages.append(message)

    def tell(self, group: Group, done: Slice) -> None:
        """What happened. Where it now rests, then also what the models make of the probe sequence, whose computing
        nobody need wait for to see that it does."""
        self.say(news(group, done))
        if group.state != RUNNING and not done.looks:
            self.say(news(group, group.rest(group.look())))

    def fail(self) -> None:
        """It ends here, and what there was is given back."""
        self.failed, self.group, self.all_of_it = True, None, None
        self.messages = deque()


class Inline:
    """See Service. `lease`, `keep`: seconds, as above."""

    def __init__(self, lease: float = LEASE, keep: float = KEEP):
        self.lease, self.keep = lease, keep
        self.slots: dict[str, Slot] = {}
        self.gone: deque[Slot] = deque()  # whose files are to be deleted
        self.room = threading.Lock()  # of who looks for a place
        self.wake, self.ended = threading.Event(), False
        self.shown: deque[Learned] = deque(maxlen=SHOWN)
        self.folder = TemporaryDirectory(prefix="unrolled-")
        self.thread = threading.Thread(target=self._work, name="training", daemon=True)
        self.thread.start()

    # ---- The service

    def start(
        self, plan: Plan, own: str | None = None, first: Sequence[Params | None] = (), device: str = "numpy"
    ) -> Ticket:
        """See Service."""
        group = Group(plan, own, first, device)
        ticket = Ticket(secrets.token_urlsafe(9), secrets.token_urlsafe(24))
        slot = Slot(ticket, plan, device, group)
        slot.say(whole(group))
        with self.room:
            self._check_room()
            self.slots[ticket.id] = slot
        self.wake.set()
        return ticket

    def advance(self, id: str, token: str) -> None:
        """See Service."""
        slot = self._slot(id, token)
        slot.asked = slot.used = time.monotonic()
        self.wake.set()

    def history(self, id: str, seen: int = -1) -> list[Message]:
        """See Service."""
        new = self.recent(id, seen)
        if new is not None:
            return new
        slot = self._slot(id)
        with self._group(slot) as group:
            if slot.all_of_it is None or slot.all_of_it.number != slot.number:  # the same for all who come now
                slot.all_of_it = Message(slot.number, _encoded(whole(group)), True)
            return [slot.all_of_it]

    def recent(self, id: str, seen: int = -1) -> list[Message] | None:
        """The same without waiting; None where all of it has first to be put together."""
        messages = list(self._slot(id).messages)
        new = [message for message in messages if message.number > seen]
        return new if not new or new[0].number == seen + 1 or new[0].whole else None

    def stop(self, id: str, token: str) -> None:
        """See Service."""
        self._forget(self._slot(id, token))

    # ---- What an owner can do besides

    def owns(self, id: str, token: str) -> bool:
        """Is it here, and is that its token?"""
        try:
            self._slot(id, token)
        except Invalid:
            return False
        return True

    def plan(self, id: str) -> Plan:
        """What is being trained."""
        return self._slot(id).plan

    def own(self, id: str, token: str) -> str | None:
        """Its owner's own data; None for others, and where there are none."""
        return self._slot(id).own if self.owns(id, token) else None

    def steer(self, id: str, token: str, command: str, *given: Any) -> None:
        """Group's method of that name: one of STEERING. It takes effect before this returns."""
        if command not in STEERING:
            raise Invalid("choice", "command", command, ", ".join(STEERING))
        slot = self._slot(id, token)
        slot.asked = time.monotonic()
        with self._group(slot) as group:
            done = getattr(group, command)(*given)
            slot.plan = group.plan
            slot.tell(group, done) if isinstance(done, Slice) else slot.say(whole(group))
        self.wake.set()

    # ---- What whoever watches can ask for

    def state(self, id: str) -> str:
        """Group's state."""
        return self._slot(id).state

    def rates(self, id: str) -> list[float]:
        """Each model's learning rate now."""
        with self._group(self._slot(id)) as group:
            return [run.lr for run in group.runs]

    def moment(self, id: str, update: int) -> bytes:
        """The probe at an earlier update, as JSON: {"update", "probe"}. A model that stopped before is as it ended."""
        with self._group(self._slot(id)) as group:
            return _encoded({"update": update, "probe": probes(group.look(update))})

    def learned(self, id: str, k: int, update: int | None = None) -> Learned:
        """Model k after so many updates, or now; as it ended, where it stopped before. The same network is the same
        object, while it is one of the last SHOWN. Raises Invalid where there is no such model."""
        with self._group(self._slot(id)) as group:
            if not 0 <= k < len(group.runs):
                raise Invalid("range", "models", k + 1, (1, len(group.runs)))
            run = group.runs[k]
            moment = Moment(id, k, run.made if update is None else min(update, run.made))
            known = {each.key: each for each in self.shown.copy()}
            learned = known.get(key_of(run, moment)) or Learned.of(run, moment)
            if learned.key not in known:
                self.shown.append(learned)
            return learned

    def made(self, id: str) -> list[int]:
        """How many updates each model has made."""
        with self._group(self._slot(id)) as group:
            return [run.made for run in group.runs]

    def weights(self, id: str, k: int, update: int | None = None) -> bytes:
        """Model k after so many updates, or now, as a safetensors file."""
        with self._group(self._slot(id)) as group:
            run = group.runs[k]
            return run.weights(run.made if update is None else min(update, run.made))

    def records(self, id: str) -> list[dict[str, float]]:
        """The whole history, a row for each model and update."""
        with self._group(self._slot(id)) as group:
            return [row for k, run in enumerate(group.runs) for row in run.history.rows(k + 1)]

    def close(self) -> None:
        """End the thread, and everything with it."""
        self.ended = True
        self.wake.set()
        self.thread.join()
        self.folder.cleanup()

    # ---- Inside

    def _slot(self, id: str, token: str | None = None) -> Slot:
        slot = self.slots.get(id)
        if slot is None or (token is not None and not _same(slot.ticket.token, token)):
            raise Invalid("no-run", "run", id)
        if slot.failed:
            raise Invalid("failed", "run", id)
        return slot

    @contextmanager
    def _group(self, slot: Slot) -> Iterator[Group]:
        """The slot's Group, for this thread alone."""
        with slot.queue:
            slot.lock.acquire()
        try:
            yield self._here(slot)
        finally:
            slot.lock.release()

    def _here(self, slot: Slot) -> Group:
        """The Group of a slot whose lock is held; brought back from its checkpoint where it was put away."""
        id = slot.ticket.id
        if self._slot(id) is not slot:  # stopped, or failed, while we waited
            raise Invalid("no-run", "run", id)
        slot.used = time.monotonic()
        return slot.group or self._bring_back(slot)

    def _check_room(self) -> None:
        """Raises Invalid where those that are asked for take all places. Others make way."""
        now = time.monotonic()
        taken = [slot for slot in self.slots.copy().values() if slot.group and now - slot.asked < ASKED]
        if len(taken) >= SLOTS:
            raise Invalid("busy", "models", len(taken))

    # ---- The thread

    def _work(self) -> None:
        while not self.ended:
            if not self._round():
                self.wake.wait(0.1)
                self.wake.clear()

    def _round(self) -> bool:
        """A turn for every training that is asked for. Was there anything to do?"""
        now = time.monotonic()
        busy = [slot for slot in self.slots.copy().values() if now - slot.asked < ASKED and slot.state == RUNNING]
        worked = [self._turn(slot, self._slice, max(TURN, SLICE / len(busy))) for slot in busy]
        self._tidy()
        return any(worked)

    def _turn(self, slot: Slot, work: Callable[..., None], *given: float) -> bool:
        """Do so with a training, unless others are at it. What goes wrong with it ends it alone. Was it done?"""
        if not slot.queue.acquire(timeout=TURN):
            return False
        held = slot.lock.acquire(timeout=TURN)
        slot.queue.release()
        if not held:
            return False
        try:
            work(slot, *given)
            return True
        except Exception as problem:
            if not (isinstance(problem, Invalid) and problem.code in ("busy", "no-run")):  # not now, or no more
                logging.getLogger(__name__).exception("A training has failed")
                slot.fail()
            return False
        finally:
            slot.lock.release()

    def _slice(self, slot: Slot, seconds: float) -> None:
        group = self._here(slot)
        if group.state == RUNNING:
            slot.tell(group, group.advance(seconds, hurry=slot.queue.locked))

    def _tidy(self) -> None:
        """Put away what is not used, or takes the place of what is; forget what nobody has used for long."""
        now = time.monotonic()
        slots = sorted(self.slots.copy().values(), key=lambda slot: slot.used)
        live, away = [slot for slot in slots if slot.group], [slot for slot in slots if not slot.group]
        for slot in [*away[: max(0, len(away) - KEPT)], *(slot for slot in slots if now - slot.used > self.keep)]:
            self._forget(slot)
        for k, slot in enumerate(live):
            if now - slot.asked > ASKED and (now - slot.used > self.lease or k < len(live) - SLOTS):
                self._turn(slot, self._put_away)
        while self.gone:
            for path in self.gone.popleft().kept:
                path.unlink(missing_ok=True)

    def _put_away(self, slot: Slot) -> None:
        group = slot.group
        if group is None:
            return
        slot.say(whole(group))  # for who comes to watch: nothing more will be said
        parts = [(group.own or "").encode(), *group.checkpoint()]
        slot.kept = [Path(self.folder.name) / f"{slot.ticket.id}.{k}" for k in range(len(parts))]
        for path, data in zip(slot.kept, parts, strict=True):
            path.write_bytes(data)
        slot.left, slot.group = group.state, None

    def _bring_back(self, slot: Slot) -> Group:
        self._check_room()
        try:
            data = [path.read_bytes() for path in slot.kept[1:]]
            slot.group = Group.restore(slot.plan, data, slot.own, slot.device)
        except FileNotFoundError:  # it has just been forgotten
            raise Invalid("no-run", "run", slot.ticket.id) from None
        return slot.group

    def _forget(self, slot: Slot) -> None:
        if self.slots.pop(slot.ticket.id, None):
            self.gone.append(slot)
            self.wake.set()


_first = threading.Lock()


@cache
def _inline() -> Inline:
    return Inline()


def service() -> Inline:
    """The one of this process."""
    with _first:
        return _inline()


def close() -> None:
    """End it, where there is one."""
    if _inline.cache_info().currsize:
        service().close()


def _same(token: str, given: str) -> bool:
    return hmac.compare_digest(token.encode(), given.encode(errors="replace"))


def _encoded(message: dict[str, Any]) -> bytes:
    return json.dumps(message, allow_nan=False, separators=(",", ":")).encode()
