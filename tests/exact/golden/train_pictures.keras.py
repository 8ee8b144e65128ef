"""Trains Pictures with Keras; `python train_pictures.py --help` lists the flags.

Writes metrics.csv, last.weights.h5 (to resume from) and best.weights.h5 to the output
folder. KERAS_BACKEND=tensorflow, torch or jax in the environment chooses the backend.
Exact emission: from equal weights every target trains alike, chance aside.
"""

import argparse
import contextlib
import csv
import gzip
import json
import math
import sys
import time
from pathlib import Path

import keras
import numpy as np

from pictures import logits_model, pictures

PARAMETERS = (860, 136)  # trainable and not, as counted from the description
DATA = "synthetic"
# Where data is sought; the last is Debian's.
FOLDERS = (Path(), Path("data"), Path(__file__).parent, Path("/usr/share/datasets"))
OUTPUT = "runs/pictures-keras"
COLUMNS = ("loss", "accuracy", "val_loss", "val_accuracy")
END = 0
WARMUP = 1
CLIP = 1  # largest norm of the gradients
MODE = "RGB"  # of image files
SIZE = (8, 8)  # their width and height
# The arrays of the data: shape of a sample, dtype, bound of integers.
FIELDS = {"image": ((8, 8, 3), "float32", 0), "label": ((), "int32", 4)}
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
    if any(path.glob("*-images*")):
        test = read_idx(path, "t10k") if any(path.glob("t10k-*")) else {}
        return read_idx(path, "train"), test
    if (path / "train").is_dir():
        test = read_images(path / "test") if (path / "test").is_dir() else {}
        return read_images(path / "train"), test
    if path.is_dir():
        return read_images(path), {}
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


def read_idx(folder: Path, part: str) -> Arrays:
    """Images and labels in files named and laid out as MNIST's, gzipped or plain."""
    arrays = []
    for kind in ("images", "labels"):
        path = min(folder.glob(f"{part}-{kind}*"), default=None)
        if path is None:
            sys.exit(f"error: no {part}-{kind} in {folder}")
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
        shape = np.frombuffer(content, ">i4", count=content[3], offset=4)
        values = np.frombuffer(content, np.uint8, offset=4 + 4 * len(shape))
        arrays.append(values.reshape(shape))
    return dict(zip(FIELDS, arrays))


def read_images(folder: Path) -> Arrays:
    """Image files, in one sub-folder for each class."""
    from PIL import Image

    classes = sorted(path for path in folder.iterdir() if path.is_dir())
    files = [(file, i) for i, path in enumerate(classes) for file in path.iterdir()]
    if not files:
        sys.exit(f"error: {folder} has no folders with the images of a class")
    images = [Image.open(file).convert(MODE).resize(SIZE) for file, _ in files]
    pixels = np.stack([np.asarray(image) for image in images])
    return dict(zip(FIELDS, (pixels, np.array([label for _, label in files]))))


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


class Batches(keras.utils.PyDataset):
    """The batches of the arrays, in order or as an epoch shuffles them."""

    def __init__(self, arrays: Arrays, args: argparse.Namespace):
        super().__init__(workers=args.workers)
        self.arrays = arrays
        self.args = args
        self.batches = split(size(arrays), args.batch)

    def shuffle(self, epoch: int) -> None:
        order = (self.args.seed, epoch)
        self.batches = split(size(self.arrays), self.args.batch, order)

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> tuple:
        batch = take(self.arrays, self.batches[index])
        return batch["image"], batch["label"]


class Rate(keras.optimizers.schedules.LearningRateSchedule):
    """Half a cosine down to END of the rate. In float64: Keras' own are in float32."""

    def __init__(self, lr: float, steps: int, epochs: int):
        self.lr = lr
        self.steps = steps
        self.epochs = epochs

    def __call__(self, step):
        step = keras.ops.cast(step, "float64")
        warmup, last = WARMUP * self.steps, self.epochs * self.steps
        done = keras.ops.clip((step - warmup) / max(last - warmup, 1), 0.0, 1.0)
        down = END + (1 - END) * (1 + keras.ops.cos(math.pi * done)) / 2
        return self.lr * keras.ops.where(step < warmup, step / warmup, down)

    def get_config(self) -> dict:
        return {"lr": self.lr, "steps": self.steps, "epochs": self.epochs}


def compile_model(
    network: keras.Model, args: argparse.Namespace, steps: int
) -> keras.Model:
    """The model to train: up to the logits, from which the loss is computed."""
    model = logits_model(network)
    rate = Rate(args.lr, steps, args.epochs)
    model.compile(
        optimizer=keras.optimizers.SGD(
            rate, momentum=0.9, nesterov=True, global_clipnorm=CLIP
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    return model


class Recorder(keras.callbacks.Callback):
    """Writes the checkpoints and the row of metrics of every epoch."""

    def __init__(self, network: keras.Model, batches: Batches, folder: Path):
        super().__init__()
        self.network = network
        self.batches = batches
        self.folder = folder
        self.epoch = 0
        self.best = (math.inf, 0)  # validation loss and epoch
        self.seeds = [v for v in network.variables if "seed_generator" in v.path]
        self.seed_values = self.read_seeds()

    def on_train_begin(self, logs: dict | None = None) -> None:
        for seed, value in zip(self.seeds, self.seed_values):
            seed.assign(value)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.batches.shuffle(epoch + 1)
        keras.utils.set_random_seed(self.batches.args.seed + epoch + 1)
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        self.epoch = epoch + 1
        row: dict[str, float] = {"epoch": self.epoch}
        row |= {name: logs[name] for name in COLUMNS if name in logs}
        row["seconds"] = time.perf_counter() - self.start
        score = row.get("val_loss", row["loss"])
        if epoch == 0 or score < self.best[0]:
            self.best = (float(score), self.epoch)
            self.network.save_weights(self.folder / "best.weights.h5")
        self.save()
        record(self.folder / "metrics.csv", row)

    def read_seeds(self) -> list:
        return [keras.ops.convert_to_numpy(seed).tolist() for seed in self.seeds]

    def save(self) -> None:
        """Weights and optimizer state, and beside them what save_weights leaves out."""
        self.model.save_weights(self.folder / "last.weights.h5")
        seeds = self.read_seeds()
        state = {"epoch": self.epoch, "best": self.best, "seeds": seeds}
        (self.folder / "last.json").write_text(json.dumps(state))

    def load(self, model: keras.Model) -> None:
        if not (self.folder / "last.json").exists():
            sys.exit(f"error: no {self.folder / 'last.json'} to resume from")
        model.optimizer.build(model.trainable_variables)
        model.load_weights(self.folder / "last.weights.h5")
        state = json.loads((self.folder / "last.json").read_text())
        self.epoch, self.best = state["epoch"], state["best"]
        self.seed_values = state["seeds"]  # assigned behind fit's own dry run


def check_parameters(model: keras.Model) -> None:
    """Stops if the model is not the one that was counted."""
    trainable = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    fixed = sum(math.prod(weight.shape) for weight in model.non_trainable_weights)
    if (trainable, fixed) != PARAMETERS:
        counts = f"{trainable:,} trainable and {fixed:,} other parameters"
        expected = f"{PARAMETERS[0]:,} and {PARAMETERS[1]:,}"
        sys.exit(f"error: the model has {counts}, {expected} were counted")


def place(device: str) -> contextlib.AbstractContextManager:
    if device == "auto":
        return contextlib.nullcontext()
    return keras.device("gpu" if device == "cuda" else device)


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
    add("--lr", type=float, default=0.1, help="learning rate")
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


def main(args: argparse.Namespace) -> None:
    keras.utils.set_random_seed(args.seed)
    mixed = args.precision != "float32"
    keras.config.set_dtype_policy(f"mixed_{args.precision}" if mixed else "float32")
    train, validation, test = load_data(args)
    network = pictures()
    check_parameters(network)
    batches = Batches(train, args)
    batches.shuffle(epoch=1)
    model = compile_model(network, args, len(batches))
    if (args.output / "last.pt").exists():
        sys.exit(f"error: {args.output} has results of PyTorch: take another --output")
    recorder = Recorder(network, batches, args.output)
    if args.resume:
        recorder.load(model)
    if recorder.epoch >= args.epochs:
        print(f"nothing to train: {recorder.epoch} of {args.epochs} epochs are done")
    args.output.mkdir(parents=True, exist_ok=True)
    model.fit(
        batches,
        validation_data=Batches(validation, args) if size(validation) else None,
        initial_epoch=recorder.epoch,
        epochs=args.epochs,
        callbacks=[recorder],
        shuffle=False,
        verbose=int(sys.stdout.isatty()),
    )
    if test and recorder.epoch:
        network.load_weights(args.output / "best.weights.h5")
        values = model.evaluate(Batches(test, args), verbose=0, return_dict=True)
        values = {name: values[name] for name in COLUMNS if name in values}
        print("test", describe(values))


if __name__ == "__main__":
    arguments = parse_arguments()
    with place(arguments.device):
        main(arguments)
