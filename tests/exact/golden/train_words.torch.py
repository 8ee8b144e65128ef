"""Trains Words with PyTorch; `python train_words.py --help` lists the flags.

Writes metrics.csv, last.pt (to resume from) and best.pt (weights) to the output folder.
Exact emission: from equal weights every target trains alike, chance aside.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader

from words import Words

PARAMETERS = (3299, 0)  # trainable and not, as counted from the description
DATA = "synthetic"
# Where data is sought; the last is Debian's.
FOLDERS = (Path(), Path("data"), Path(__file__).parent, Path("/usr/share/datasets"))
OUTPUT = "runs/words-torch"
STATE = ("model", "optimizer", "schedule", "scaler")  # what a checkpoint holds
FACTOR = 0.9
# The arrays of the data: shape of a sample, dtype, bound of integers.
FIELDS = {"tokens": ((6,), "int64", 50), "label": ((), "int64", 3)}
Arrays = dict[str, np.ndarray]


def read_data(name: str) -> tuple[Arrays, Arrays]:
    """Training and test arrays; no test arrays where the data have none."""
    if name == "synthetic":
        return synthetic(1024, seed=0), synthetic(256, seed=1)
    spellings = (name, name.replace("_", "-"))
    paths = [Path(folder, spelling) for folder in FOLDERS for spelling in spellings]
    path = next(filter(Path.exists, paths), None)
    if path is None:
        folders = ", ".join(map(str, FOLDERS))
        sys.exit(f"error: no {name} in {folders}: try --data synthetic")
    if path.suffix == ".npz":
        return read_npz(path)
    if path.suffix == ".csv":
        return read_csv(path), {}
    sys.exit(f"error: {path} is nothing that this model can be trained on")


def synthetic(count: int, seed: int) -> Arrays:
    """Random samples of the right shapes, to try the script without data."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for name, (shape, _, high) in FIELDS.items():
        size = (count, *shape)
        arrays[name] = rng.integers(high, size=size) if high else rng.normal(size=size)
    return arrays


def read_npz(path: Path) -> tuple[Arrays, Arrays]:
    """Arrays named like FIELDS or x and y, with _train and _test behind if split."""
    train: Arrays = {}
    test: Arrays = {}
    names = dict(zip("xy", FIELDS))
    try:
        arrays = dict(np.load(path))
    except (EOFError, OSError, ValueError) as error:
        sys.exit(f"error: {path} is no npz file: {error}")
    for key, array in arrays.items():
        name = key.removesuffix("_train").removesuffix("_test")
        (test if key.endswith("_test") else train)[names.get(name, name)] = array
    return train, test


def read_csv(path: Path) -> Arrays:
    """Rows of numbers, below a header or none: the columns of each field."""
    widths = [math.prod(shape) for shape, _, _ in FIELDS.values()]
    columns = sum(widths)
    rows = []
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        for i, cells in enumerate(csv.reader(file), start=1):
            if not cells:
                continue
            if len(cells) != columns:
                count = f"{len(cells)} columns between commas"
                sys.exit(f"error: {path}, row {i}: {count}, not {columns}")
            row = np.array([to_number(cell) for cell in cells])
            known = np.isfinite(row)
            if i == 1 and any(cells) and not known.any():
                continue  # a header
            if not known.all():
                j = known.argmin()
                text = f"{cells[j]!r} is no number (a class is 0, 1, 2 ...)"
                text = text if cells[j].strip() else "the cell is empty"
                sys.exit(f"error: {path}, row {i}, column {j + 1}: {text}")
            rows.append(row)
    if not rows:
        sys.exit(f"error: {path} has no numbers")
    arrays = np.split(np.array(rows), np.cumsum(widths)[:-1], axis=1)
    return dict(zip(FIELDS, arrays))


def to_number(cell: str) -> float:
    """The number in a cell; nan where there is none."""
    try:
        return float(cell)
    except ValueError:
        return math.nan


def load_data(args: argparse.Namespace) -> tuple[Arrays, Arrays, Arrays]:
    """Training, validation and test arrays; equal seeds draw equal samples."""
    parts = []
    for part in read_data(args.data):
        fitted = choose(part) if part else {}
        rows = np.random.default_rng(args.seed).permutation(size(fitted))[: args.limit]
        parts.append({name: array[rows] for name, array in fitted.items()})
    train, test = parts
    cut = round(args.validation * size(train))
    if size(train) - cut < 2:
        sys.exit(f"error: {size(train)} samples, {cut} held out: too few to train on")
    validation = {name: array[:cut] for name, array in train.items()}
    return {name: array[cut:] for name, array in train.items()}, validation, test


def choose(part: Arrays) -> Arrays:
    """The arrays that the model takes, of one length; an error if one is not there."""
    for name in FIELDS:
        if name not in part:
            have, wanted = ", ".join(part), ", ".join(FIELDS)
            sys.exit(f"error: the data have no {name}: {wanted} wanted, {have} found")
    lengths = {name: len(part[name]) for name in FIELDS}
    if len({0, *lengths.values()}) != 2:
        counts = ", ".join(f"{count} of {name}" for name, count in lengths.items())
        sys.exit(f"error: the data have unequal numbers of samples, or none: {counts}")
    return {name: fit(name, part[name]) for name in FIELDS}


def fit(name: str, array: np.ndarray) -> np.ndarray:
    """The array in the shape that the model takes; an error if it does not fit."""
    shape, dtype, high = FIELDS[name]
    if math.prod(array.shape[1:]) != math.prod(shape):
        sys.exit(f"error: {name} has shape {array.shape[1:]} in the data, not {shape}")
    if array.dtype.kind not in "biuf" or not np.isfinite(array).all():
        sys.exit(f"error: {name} has values that are no numbers in the data")
    if high and dtype != "float32" and not 0 <= array.min() <= array.max() < high:
        sys.exit(f"error: {name} has values outside 0..{high - 1} in the data")
    return array.reshape(-1, *shape)


def size(arrays: Arrays) -> int:
    return len(next(iter(arrays.values()), ()))


def take(arrays: Arrays, rows: np.ndarray) -> Arrays:
    """A batch in the dtypes that the model takes; bytes become floats from 0 to 1."""
    batch = {}
    for name, (_, dtype, _) in FIELDS.items():
        batch[name] = arrays[name][rows].astype(dtype)
        if arrays[name].dtype == np.uint8 and dtype == "float32":
            batch[name] /= 255
    return batch


def split(count: int, batch: int, order: tuple[int, ...] = ()) -> list[np.ndarray]:
    """The rows of each batch; order (seed, epoch) shuffles them, each time alike."""
    rows = np.arange(count)
    if order:
        np.random.default_rng(order).shuffle(rows)
        rows = rows[:-1] if count % batch == 1 < batch else rows  # none is alone
    return np.split(rows, range(batch, len(rows), batch))


def gather(arrays: Arrays, rows: np.ndarray) -> dict[str, Tensor]:
    return {name: torch.from_numpy(x) for name, x in take(arrays, rows).items()}


def measure(model: Words, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """The loss, computed from the logits, and the metrics."""
    logits = model.logits(batch["tokens"])
    loss = F.cross_entropy(logits, batch["label"])
    return {
        "loss": loss,
        "accuracy": (logits.argmax(1) == batch["label"]).float().mean(),
    }


def rate_factor(step: int, steps: int, epochs: int) -> float:
    """Of the learning rate: times FACTOR in an epoch."""
    return FACTOR ** (step / steps)


class Adam(torch.optim.Optimizer):
    """As Keras has it: epsilon beside the plain root, decay apart from the gradient."""

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                step = state["step"] = state.get("step", 0) + 1
                mean = state.setdefault("mean", torch.zeros_like(weight))
                square = state.setdefault("square", torch.zeros_like(weight))
                mean.lerp_(weight.grad, 1 - group["beta1"])
                square.lerp_(weight.grad.square(), 1 - group["beta2"])
                rate = group["lr"] * math.sqrt(1 - group["beta2"] ** step)
                rate /= 1 - group["beta1"] ** step
                weight.mul_(1 - group["lr"] * group["decay"])
                weight.sub_(rate * mean / (square.sqrt() + group["eps"]))


class Trainer:
    """The model and whatever else training changes, hence what a checkpoint holds."""

    def __init__(self, args: argparse.Namespace, samples: int):
        self.args = args
        there = torch.accelerator.is_available()
        found = torch.accelerator.current_accelerator() if there else None
        best = found.type if found else "cpu"
        if args.device not in ("auto", "cpu", best):
            sys.exit(f"error: there is no {args.device} here")
        self.device = torch.device(best if args.device == "auto" else args.device)
        self.model = Words().to(self.device)
        check_parameters(self.model)
        self.optimizer = Adam(
            self.model.parameters(),
            {"lr": args.lr, "beta1": 0.9, "beta2": 0.999, "eps": 1e-7, "decay": 0.004},
        )
        steps = len(split(samples, args.batch, (args.seed, 0)))
        rate = partial(rate_factor, steps=steps, epochs=args.epochs)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, rate)
        half = args.precision == "float16"
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=half)
        self.epoch = 0
        self.best = (math.inf, 0)  # validation loss and epoch

    def run(self, arrays: Arrays, training: bool = False) -> dict[str, float]:
        """Loss and metrics over the arrays; batches weigh in them by their size."""
        args = self.args
        order = (args.seed, self.epoch) if training else ()
        batches = split(size(arrays), args.batch, order)
        loader: DataLoader = DataLoader(
            batches,  # type: ignore[arg-type]
            batch_size=None,
            collate_fn=partial(gather, arrays),
            num_workers=args.workers,
            pin_memory=self.device.type == "cuda",
        )
        self.model.train(training)
        sums: dict[str, Tensor] = {}
        with torch.set_grad_enabled(training):
            for i, batch in enumerate(loader):
                for name, value in self.step(batch).items():
                    sums[name] = sums.get(name, 0) + value * len(batches[i])
                show_progress(self.epoch, i + 1, len(batches))
        count = sum(map(len, batches))
        return {name: float(total) / count for name, total in sums.items()}

    def step(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Loss and metrics of a batch, and in training an update of the weights."""
        batch = {k: v.to(self.device, non_blocking=True) for k, v in batch.items()}
        precision = getattr(torch, self.args.precision)
        mixed = precision != torch.float32
        with torch.autocast(self.device.type, precision, enabled=mixed):
            values = measure(self.model, batch)
        if self.model.training:
            self.optimizer.zero_grad()
            self.scaler.scale(values["loss"]).backward()
            self.scaler.step(self.optimizer)
            self.scaler.update()
            self.schedule.step()
        return {name: value.detach() for name, value in values.items()}

    def save(self, path: Path) -> None:
        state = {name: getattr(self, name).state_dict() for name in STATE}
        unfinished = path.with_suffix(".tmp")
        torch.save(state | {"epoch": self.epoch, "best": self.best}, unfinished)
        unfinished.replace(path)

    def load(self, path: Path) -> None:
        if not path.exists():
            sys.exit(f"error: no {path} to resume from")
        state = torch.load(path, map_location=self.device)
        self.epoch, self.best = state["epoch"], state["best"]
        for name in STATE:
            getattr(self, name).load_state_dict(state[name])


def check_parameters(model: nn.Module) -> None:
    """Stops if the model is not the one that was counted."""
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    fixed = sum(p.numel() for p in model.parameters() if not p.requires_grad)
    fixed += sum(b.numel() for name, b in model.named_buffers() if "running_" in name)
    if (trainable, fixed) != PARAMETERS:
        counts = f"{trainable:,} trainable and {fixed:,} other parameters"
        expected = f"{PARAMETERS[0]:,} and {PARAMETERS[1]:,}"
        sys.exit(f"error: the model has {counts}, {expected} were counted")


def show_progress(epoch: int, step: int, steps: int) -> None:
    if sys.stderr.isatty():
        bar, end = "#" * (40 * step // steps), "\r" if step < steps else "\r\033[K"
        print(f"epoch {epoch} [{bar:<40}] {step}/{steps}", end=end, file=sys.stderr)


def describe(row: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.6g}" for name, value in row.items())


def record(path: Path, row: dict[str, float]) -> None:
    """Prints the row of an epoch and adds it to the CSV file, which epoch 1 begins."""
    print(describe(row), flush=True)
    first = row["epoch"] == 1
    with path.open("w" if first else "a", newline="") as file:
        writer = csv.writer(file)
        if first:
            writer.writerow(row)
        writer.writerow(f"{value:.6g}" for value in row.values())


def parse_arguments() -> argparse.Namespace:
    style = argparse.ArgumentDefaultsHelpFormatter
    parser = argparse.ArgumentParser(formatter_class=style)
    add, kinds = parser.add_argument, ("float32", "bfloat16", "float16")
    devices = ("auto", "cpu", "cuda", "mps")
    add("--data", default=DATA, help="a name, a file, a folder, or synthetic")
    add("--epochs", type=int, default=10, help="passes over the training data")
    add("--batch", type=int, default=8, help="samples in a step")
    add("--lr", type=float, default=0.001, help="learning rate")
    add("--device", default="auto", choices=devices, help="auto takes what is there")
    add("--precision", default="float32", choices=kinds, help="16 bits: mixed")
    add("--seed", type=int, default=0, help="of weights, split, order, dropout")
    add("--validation", type=float, default=0.1, help="fraction held out")
    add("--output", type=Path, default=OUTPUT, help="folder of the results")
    add("--resume", action="store_true", help="continue from the last checkpoint")
    add("--limit", type=int, help="use so many samples of each part")
    add("--workers", type=int, default=0, help="processes that load data")
    args = parser.parse_args()
    bounds = {
        "--epochs: 0 or more": args.epochs >= 0,
        "--batch: 1 or more": args.batch >= 1,
        "--lr: 0 or more": 0 <= args.lr < math.inf,
        "--seed: 0 or more": args.seed >= 0,
        "--validation: from 0 up to, not including, 1": 0 <= args.validation < 1,
        "--limit: 1 or more": args.limit is None or args.limit >= 1,
        "--workers: 0 or more": args.workers >= 0,
    }
    for bound, kept in bounds.items():
        if not kept:
            parser.error(bound)
    return args


def main() -> None:
    args = parse_arguments()
    torch.manual_seed(args.seed)
    train, validation, test = load_data(args)
    trainer = Trainer(args, size(train))
    last, best = args.output / "last.pt", args.output / "best.pt"
    if (args.output / "last.json").exists():
        sys.exit(f"error: {args.output} has results of Keras: take another --output")
    if args.resume:
        trainer.load(last)
    if trainer.epoch >= args.epochs:
        print(f"nothing to train: {trainer.epoch} of {args.epochs} epochs are done")
    args.output.mkdir(parents=True, exist_ok=True)
    while trainer.epoch < args.epochs:
        start = time.perf_counter()
        trainer.epoch += 1
        torch.manual_seed(args.seed + trainer.epoch)  # as a resumed run does
        row = {"epoch": trainer.epoch} | trainer.run(train, training=True)
        values = trainer.run(validation) if size(validation) else {}
        row |= {f"val_{name}": value for name, value in values.items()}
        row["seconds"] = time.perf_counter() - start
        score = row.get("val_loss", row["loss"])
        if trainer.epoch == 1 or score < trainer.best[0]:
            trainer.best = (score, trainer.epoch)
            torch.save(trainer.model.state_dict(), best)
        trainer.save(last)
        record(args.output / "metrics.csv", row)
    if test and trainer.epoch:
        trainer.model.load_state_dict(torch.load(best, map_location=trainer.device))
        print("test", describe(trainer.run(test)))


if __name__ == "__main__":
    main()
