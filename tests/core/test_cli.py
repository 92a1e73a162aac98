"""`python -m rnn_core`: its exit statuses, a sentence for whatever is wrong, and weights that outlive Ctrl-C."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from rnn_core import Invalid, tasks
from rnn_core.__main__ import EXIT_INTERRUPTED, EXIT_NOT_SOLVED, EXIT_REFUSED, EXIT_SOLVED, EXIT_UNREAD, main
from rnn_core.architecture import Architecture
from rnn_core.experiment import TRAINING, Flag
from rnn_core.params import Params
from rnn_core.terminal import WIDTH
from rnn_core.training import engine
from rnn_core.training.weights import load_weights, pack
from rnn_core.words import sentence

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "rnn_core"]

EASY = ["train", "--task=parity", "--length=4", "--hidden=8", "--lr=0.03", "--budget=400", "--device=numpy"]
HARD = ["train", "--task=adding", "--length=8", "--hidden=4", "--lr=1e-6", "--budget=120", "--device=numpy"]
LONG = ["train", "--task=adding", "--length=50", "--hidden=8", "--lr=1e-6", "--budget=1000000", "--device=numpy"]
NET = Architecture("gru", 2, 4, 1, last=True)  # of HARD


def weights(path: Path, net: Architecture) -> Params:
    return load_weights(path.read_bytes(), net)[0]


def objects(text: str) -> list[dict[str, Any]]:
    """Each line as JSON, which has no NaN."""

    def refuse(name: str) -> None:
        raise AssertionError(name)

    return [json.loads(line, parse_constant=refuse) for line in text.splitlines()]


# ---- In this process


@pytest.mark.parametrize(("arguments", "status"), [(EASY, EXIT_SOLVED), (HARD, EXIT_NOT_SOLVED)])
def test_the_exit_status_says_how_it_ended(
    arguments: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the help promises: 0 solved, 3 not."""
    assert main(arguments) == status
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.splitlines()[-1].startswith("Solved after" if status == EXIT_SOLVED else "Not solved: the budget")


WRONG: dict[str, list[str]] = {
    "unknown task": ["--task=nonsense"],
    "unknown cell": ["--cell=nonsense"],
    "unknown data": ["--task=forecast", "--data=nowhere.csv"],
    "data of none": ["--data=x.csv"],
    "data in a folder": ["--task=forecast", "--data=."],
    "unknown device": ["--device=abacus"],
    "no GPU": ["--device=cuda"],
    "no number": ["--lr=fast"],
    "no whole number": ["--hidden=8.5"],
    "not finite": ["--lr=nan"],
    "empty": ["--hidden="],
    "out of range": ["--hidden=100000"],
    "out of sight": ["--seed=" + "9" * 5000],
    "none where there must be one": ["--lr=none"],
    "too long": ["--length=1001"],
    "too much": ["--budget=1000000", "--hidden=512", "--length=1000"],
    "too much at once": ["--batch=1024", "--hidden=512", "--length=1000"],
    "no forget gate": ["--cell=gru", "--forget-bias=1"],
    "no tokens": ["--embedding=4"],
    "no stream": ["--carry"],
    "the future": ["--task=reber", "--length=9", "--bidirectional"],
    "no weights": ["--load=missing.safetensors"],
    "a folder of weights": ["--load=."],
    "empty weights": [f"--load={os.devnull}"],
    "no place": ["--save=missing/weights.safetensors"],
    "a folder to write": ["--save=."],
    "a long text of nonsense": ["--init=" + "banana" * 1000],
    "strange letters": ["--cell=中\udcff\x01{value}"],
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_in_a_sentence(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On standard error, on one line, before any work is done."""
    monkeypatch.setattr(engine, "has", lambda device: False)
    assert main([*HARD, *WRONG[name]]) == EXIT_REFUSED
    refused(capsys)


def refused(capsys: pytest.CaptureFixture[str]) -> str:
    """The sentence."""
    said = capsys.readouterr()
    check_sentence(said.out, said.err)
    return said.err


def check_sentence(out: str, err: str) -> None:
    assert out == ""
    assert re.fullmatch(r"\S.*\.\n", err)
    assert "Traceback" not in err
    assert len(err) < 300


@pytest.mark.parametrize(
    "arguments",
    [[], ["dance"], ["train"], ["train", "--task"], ["train", "--task=parity", "--power=3"], ["tasks", "a", "b"]],
)
def test_a_command_line_that_says_nothing_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Also in a sentence, with where to read more."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == EXIT_REFUSED
    assert "--help" in refused(capsys)


@pytest.mark.parametrize("arguments", [["--help"], ["tasks", "--help"], ["train", "--help"], ["reproduce", "--help"]])
def test_help_is_there(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """With every setting of a training."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    out = capsys.readouterr().out
    if arguments[0] == "train":
        for name, rule in TRAINING.items():
            assert f"--{name.replace('_', '-')}" in out
            assert not isinstance(rule, Flag) or f"--no-{name}" in out


def test_weights_of_another_network_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another size, no weights at all, too large a file, one that has no end."""
    file = tmp_path / "a.safetensors"
    assert main([*HARD, f"--save={file}"]) == EXIT_NOT_SOLVED
    capsys.readouterr()
    assert main([*HARD, "--hidden=5", f"--load={file}"]) == EXIT_REFUSED
    refused(capsys)
    for data in (b"", b"nonsense" * 10, file.read_bytes()[:-1], pack({}), b"\0" * 1_000_000):
        file.write_bytes(data)
        assert main([*HARD, f"--load={file}"]) == EXIT_REFUSED
        refused(capsys)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a file without end")
def test_weights_without_end_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*HARD, "--load=/dev/zero"]) == EXIT_REFUSED
    refused(capsys)


def test_a_full_disk_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which opening the file does not show; what was there before stays."""
    file = tmp_path / "a.safetensors"
    file.write_bytes(b"before")

    def full(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    assert main([*HARD, f"--save={file}"]) == EXIT_REFUSED
    assert capsys.readouterr().err == f"Writing: {os.strerror(errno.ENOSPC)}.\n"
    assert file.read_bytes() == b"before"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a file that is none")
def test_weights_replace_nothing_but_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A pipe or a device stays what it is; of a link, what it points to is written."""
    pipe, file, link = tmp_path / "pipe", tmp_path / "file", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(file)
    assert main([*HARD, f"--save={pipe}"]) == EXIT_REFUSED
    refused(capsys)
    assert pipe.is_fifo()
    assert main([*HARD, f"--save={link}"]) == EXIT_NOT_SOLVED
    assert link.is_symlink()
    assert weights(file, NET)


def test_a_setting_without_effect_is_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    """And the training goes on."""
    assert main([*HARD, "--dropout=0.5"]) == EXIT_NOT_SOLVED
    assert capsys.readouterr().err == "--dropout has no effect here.\n"


def test_data_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file is read, one that is no text is refused."""
    file = tmp_path / "own.txt"
    file.write_text(" ".join(str(0.5 + 0.4 * (-1) ** k) for k in range(400)), "utf-8")
    own = ["train", "--task=forecast", f"--data={file}", "--budget=10", "--hidden=4", "--device=numpy", "--json"]
    assert main(own) in (EXIT_SOLVED, EXIT_NOT_SOLVED)
    assert objects(capsys.readouterr().out)[0]["experiment"]["data"].startswith("sha256:")
    for data in (b"\xff\xfe\x00", b"", b"no numbers"):
        file.write_bytes(data)
        assert main(own) == EXIT_REFUSED
        refused(capsys)


@pytest.mark.parametrize(("arguments", "outcome"), [(EASY, "solved"), (HARD, "spent")])
def test_json_tells_the_training(arguments: list[str], outcome: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The settings, then a report at each exam, then the outcome: an object a line."""
    main([*arguments, "--json"])
    settings, *reports, last = objects(capsys.readouterr().out)
    assert settings["experiment"]["budget"] == int(arguments[-2].split("=")[1])
    assert settings["engine"] == "numpy"
    updates = [report["update"] for report in reports]
    assert updates == sorted(set(updates))
    assert all(update % 50 == 0 for update in updates[:-1])
    assert [report["state"] for report in reports] == ["running"] * (len(reports) - 1) + [outcome]
    assert all(report["loss"] > 0 and report["score"] is not None for report in reports)
    assert (last["state"], last["updates"]) == (outcome, updates[-1])
    assert last["solved_at"] == (updates[-1] if outcome == "solved" else None)


def test_json_tells_of_an_explosion(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a number that JSON has not."""
    wild = ["--cell=rnn-linear", "--optimizer=sgd", "--clip=none", "--lr=0.4", "--length=12", "--dtype=float64"]
    assert main([*HARD, *wild, "--json"]) == EXIT_NOT_SOLVED
    last = objects(capsys.readouterr().out)[-1]
    assert last["state"] == "diverged"
    assert last["diverged_at"] >= last["updates"] > 0


def test_training_goes_on_from_weights_that_were_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first loss is where the other training stopped, well below that of fresh weights; the same file may be
    written again."""
    file = tmp_path / "a.safetensors"
    losses = []
    for arguments in (["--budget=200"], ["--budget=1", f"--load={file}"]):
        main([*EASY[:-2], "--device=numpy", *arguments, f"--save={file}", "--json"])
        _, *reports, last = objects(capsys.readouterr().out)
        assert last["saved"] == str(file)
        losses += [reports[0]["loss"], reports[-1]["loss"]]
    fresh, trained, first, _ = losses
    assert first < 1.5 * trained < 0.5 * fresh
    assert weights(file, Architecture("gru", 1, 8, 1))["weight_hh"].shape == (24, 8)


def test_every_task_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Name and what it is, a line each."""
    assert main(["tasks"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(tasks.names())
    for line in lines:
        assert line.endswith(tasks.load(line.split()[0]).about)


@pytest.mark.parametrize("name", tasks.names())
def test_a_task_is_shown_in_full(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Where it is from, an example, when it is solved, and what to train it with."""
    assert main(["tasks", name]) == 0
    out = capsys.readouterr().out
    task = tasks.load(name)
    for part in (task.about, task.source, task.metric.name, *task.example.text.splitlines(), *task.recipe):
        assert part in out


def test_an_unknown_task_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tasks", "nonsense"]) == EXIT_REFUSED
    refused(capsys)


# ---- As a program of its own


def begun(arguments: list[str], **given: Any) -> subprocess.Popen[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "", **given.pop("env", {})}
    usual = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": ROOT, "encoding": "utf-8"}
    return subprocess.Popen([*PROGRAM, *arguments], env=environment, **{**usual, **given})


def ended(program: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = program.communicate(timeout=60)
    return program.returncode, out, err


def test_a_bad_setting_is_refused_by_the_program() -> None:
    status, out, err = ended(begun([*HARD, "--cell=nonsense"]))
    assert status == EXIT_REFUSED
    check_sentence(out, err)


@pytest.mark.parametrize("extra", [[], ["--json"]])
def test_ctrl_c_keeps_the_weights(extra: list[str], tmp_path: Path) -> None:
    """It ends soon, says so, and the weights are those of the updates it tells of."""
    file = tmp_path / "a.safetensors"
    program = begun([*LONG, f"--save={file}", *extra], env={"PYTHONUNBUFFERED": "1"})
    assert program.stdout is not None
    first = [program.stdout.readline() for _ in range(3)]
    program.send_signal(signal.SIGINT)
    at = time.monotonic()
    status, out, err = ended(program)
    assert time.monotonic() - at < 20  # and not the hours that it would take
    assert (status, err) == (EXIT_INTERRUPTED, "")
    if extra:
        told = objects("".join(first) + out)
        assert told[-1]["state"] == "interrupted"
        assert told[-1]["updates"] == told[-2]["update"] > 0
    else:
        assert "Stopped after" in out
    assert weights(file, Architecture("gru", 2, 8, 1, last=True))["weight_hh"].shape == (24, 8)


def test_ctrl_c_ends_within_one_update(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where updates are slow and a report is far off."""
    from rnn_core.training.numpy_engine import NumpyEngine

    update, made = NumpyEngine.update, []

    def interrupted(*given: Any) -> Any:
        made.append(1)
        if len(made) == 7:
            signal.raise_signal(signal.SIGINT)
        return update(*given)

    monkeypatch.setattr(NumpyEngine, "update", interrupted)
    before = signal.getsignal(signal.SIGINT)
    assert main([*LONG, "--json"]) == EXIT_INTERRUPTED
    assert len(made) == 7
    assert objects(capsys.readouterr().out)[-1]["updates"] == 7
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_ends_at_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """In the midst of an update that takes for ever, without a traceback."""
    from rnn_core.training.numpy_engine import NumpyEngine

    def for_ever(*given: Any) -> Any:
        signal.raise_signal(
            signal.SIGINT
        )  # in this thread: one sent to the process may come late, and two count as one
        signal.raise_signal(signal.SIGINT)
        raise AssertionError

    monkeypatch.setattr(NumpyEngine, "update", for_ever)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    try:
        assert main(LONG) == EXIT_INTERRUPTED
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["tasks"], EXIT_UNREAD), (["reproduce"], EXIT_UNREAD), (LONG, EXIT_UNREAD), ([*LONG, "--json"], EXIT_UNREAD)],
)
def test_who_stops_reading_ends_it(arguments: list[str], status: int, tmp_path: Path) -> None:
    """As `| head -1` does: no traceback, and the weights are kept."""
    save = [f"--save={tmp_path / 'a.safetensors'}"] if arguments[0] == "train" else []
    program = begun([*arguments, *save])
    assert program.stdout is not None
    if save:
        program.stdout.readline()
    program.stdout.close()
    assert program.stderr is not None
    assert program.stderr.read() == ""
    assert program.wait(60) == status
    if save:
        weights(tmp_path / "a.safetensors", Architecture("gru", 2, 8, 1, last=True))


@pytest.mark.parametrize("arguments", [["tasks"], ["tasks", "sentiment"], [*EASY], [*EASY, "--json"], ["reproduce"]])
def test_letters_a_terminal_cannot_write_do_no_harm(arguments: list[str]) -> None:
    """On a terminal of plain ASCII the bar is made of # and -, and other letters are question marks."""
    status, out, err = ended(begun(arguments, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}))
    assert (status, err) == (0, "")
    assert out.isascii()
    if arguments == EASY:
        assert re.search(r"^#+-* \d+/400  loss", out, re.MULTILINE)


def test_a_narrow_terminal_keeps_the_bar_on_its_line() -> None:
    """Drawn over and over, each time no wider than the terminal."""
    main_end, end = pytest.importorskip("pty").openpty()
    program = begun([*EASY, "--lr=1e-9"], stdout=end, env={"COLUMNS": "24"})
    os.close(end)
    said = b""
    while True:
        try:
            part = os.read(main_end, 4096)
        except OSError:
            break
        if not part:
            break
        said += part
    os.close(main_end)
    assert program.wait(60) == EXIT_NOT_SOLVED
    program.communicate()
    drawn = said.decode().replace("\r\n", "\n").split("\r\x1b[K")[1:]
    assert drawn
    for line in drawn:
        assert len(line.split("\n")[0]) < 24
    assert drawn[-1].startswith("█" * WIDTH)


def test_the_numpy_engine_needs_no_torch_and_no_screen(tmp_path: Path) -> None:
    """What is not used is not imported, from the first line to the weights that are kept."""
    arguments = [*EASY, f"--save={tmp_path / 'a.safetensors'}"]
    heavy = {"torch", "streamlit", "plotly", "pandas"}
    code = f"import sys; from rnn_core.__main__ import main; main({arguments!r}); print(*({heavy} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert run.stdout.splitlines()[-1] == ""


def test_sentences_are_those_of_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    """One place for words, but settings are called what they are on the command line."""
    with pytest.raises(Invalid) as caught:
        tasks.load("nonsense")
    main(["tasks", "nonsense"])
    assert capsys.readouterr().err == sentence(caught.value, called={"task": "--task"}.get) + "\n"
