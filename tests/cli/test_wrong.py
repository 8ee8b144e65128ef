"""Wrong command lines: each says what was given, what is wanted, and exits as promised."""

import pytest

from cli.conftest import Run

USAGE = [
    ("parms seed.nn", "there is no command `parms`; did you mean `params`?"),
    ("seed.nn", "try: nndsl params seed.nn"),
    ("params", "`nndsl params` needs a FILE"),
    ("params sed.nn", "there is no file `sed.nn`; did you mean `seed.nn`"),
    ("params nowhere/x.nn", "there is no folder `nowhere`"),
    ("params folder.nn", "`folder.nn` is a folder"),
    ("params latin.nn", "`latin.nn` is no UTF-8 text: see line 1"),
    ("params seed.nn wrong.nn", "`wrong.nn` is one FILE too many"),
    ("params seed.nn --format yaml", "it takes text, json, csv, markdown"),
    ("params seed.nn --dept 1", "did you mean `--depth`"),
    ("params seed.nn --depth one", "`--depth` takes a whole number, not `one`"),
    ("params seed.nn --depth", "`--depth` needs a value: --depth N"),
    ("params seed.nn --set classes", "as in `--set depth=24`"),
    ("params seed.nn --set 1=2", "as in `--set depth=24`"),
    ("params seed.nn --set a=1 --set a=2", "`--set a` is given twice"),
    ("params seed.nn --model A --model B", "`--model` is given twice"),
    ("check", "`nndsl check` needs a FILE"),
    ("check seed.nn --format xml", "it takes text, json, github, sarif"),
    ("check seed.nn none.nn", "there is no file `none.nn`"),
    ("check --all seed.nn", "has no option `--all`"),
    ("check folder.nn", "is a folder"),
    ("compile seed.nn", "write `--target keras` or `--target torch`"),
    ("compile seed.nn --target pytorch", "there is no target `pytorch`; did you mean `torch`?"),
    ("compile seed.nn --target torch --stage graph", "it takes ast, ir, facts, code"),
    ("compile seed.nn --target torch --train=yes", "`--train` takes no value"),
    ("compile trained.nn --target torch -o 1.py", "use a name like `model.py`"),
    ("compile seed.nn --target torch -o seed.nn/x", "cannot write into `seed.nn/x`"),
    ("compile seed.nn --stage code", "which framework?"),
    ("run seed.nn", "which framework?"),
    ("run seed.nn --target torch -o a.py", "`-o` takes a folder, not `a.py`"),
    ("run seed.nn --target torch --epochs 3", "flags of the training script come after `--`"),
    ("run", "`nndsl run` needs a FILE"),
    ("run none.nn --target torch", "there is no file `none.nn`"),
    ("fmt", "`nndsl fmt` needs a FILE"),
    ("fmt --chek seed.nn", "did you mean `--check`?"),
    ("fmt none.nn", "there is no file `none.nn`"),
    ("fmt folder.nn", "is a folder"),
    ("fmt latin.nn", "is no UTF-8 text"),
    ("explain", "`nndsl explain` needs a CODE"),
    ("explain NN999", "there is no code `NN999`"),
    ("explain nothing", "codes look like NN101"),
    ("explain NN101 NN102", "one CODE too many"),
    ("explain --long NN101", "has no option `--long`"),
    ("help frmt", "did you mean `fmt`?"),
]

WRONG = [
    ("params wrong.nn", "there is no layer, block or value `Densee`"),
    ("params library.nn", "this file has no model"),
    ("params seed.nn --model MLP", "there is no model `MLP`"),
    ("params seed.nn --set clases=3", "did you mean `classes`?"),
    ("params seed.nn --set classes=0", "`units` wants a whole number of at least 1, not 0"),
    ("params seed.nn --set classes=(", "--set classes:1:"),
    ("compile wrong.nn --target torch", "did you mean `Dense`"),
    ("compile library.nn --target keras", "this file has no model"),
    ("compile wrong.nn --stage ir", "there is no layer"),
    ("run wrong.nn --target keras", "there is no layer"),
]


@pytest.mark.parametrize(("line", "says"), USAGE)
def test_usage(nndsl: Run, line: str, says: str) -> None:
    ran = nndsl(*line.split())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("nndsl: ")
    assert says in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(("line", "says"), WRONG)
def test_wrong(nndsl: Run, line: str, says: str) -> None:
    ran = nndsl(*line.split())
    assert (ran.code, ran.out) == (1, "")
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_a_mistake_of_our_own_is_a_report(nndsl: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from nndsl.ops.dense import Dense

    def broken(self: Dense, call: object) -> object:
        raise IndexError("out of range")

    monkeypatch.setattr(Dense, "weights", broken)
    ran = nndsl("params", "seed.nn")
    assert (ran.code, ran.out) == (3, "")
    assert "internal error: IndexError: out of range" in ran.err
    assert "--> seed.nn:5:3" in ran.err
    assert "5 |   Dense(300, elu, init=he_normal)" in ran.err
    assert "please report it" in ran.err
    assert "Traceback" not in ran.err


def test_an_interrupt_is_quiet(nndsl: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from nndsl.ops.dense import Dense

    def interrupted(self: Dense, call: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(Dense, "weights", interrupted)
    assert nndsl("params", "seed.nn") == (130, "", "")
