"""The commands: what each takes. What each does is in the module that bears its name."""

from __future__ import annotations

from collections.abc import Mapping

from nndsl.cli.options import Command, Option

MODEL = Option("model", "the model; otherwise the file's first", "NAME")
SET = Option("set", "gives a setting of the model another value", "NAME=VALUE", many=True)
TARGET = Option("target", "the framework", "NAME")
KINDS = ("keras", "torch", "nndsl")
MANY = 1_000_000

COMMANDS: Mapping[str, Command] = {
    command.name: command
    for command in (
        Command(
            "params", "a table of layers: shapes, parameters, cost", "FILE", 1, 1,
            (
                MODEL,
                SET,
                Option("format", "how to print", "FORMAT", ("text", "json", "csv", "markdown"),
                       "text"),
                Option("depth", "levels of blocks and loops to show", "N", whole=True),
            ),
        ),
        Command(
            "check", "every mistake in files", "FILE", 1, MANY,
            (
                Option("targets", "also what these frameworks cannot say, or do otherwise in their "
                       "idiomatic code", "NAMES"),
                Option("format", "how to print", "FORMAT", ("text", "json", "github", "sarif"),
                       "text"),
            ),
            "Exits with 0 where there is none (warnings do not count), with 1 otherwise.",
        ),
        Command(
            "compile", "writes the code of a model for a framework", "FILE", 1, 1,
            (
                TARGET,
                Option("output", "a folder, a file that ends in .py, or - for the screen "
                       "(default: the folder you are in)", "PATH", short="-o"),
                MODEL,
                SET,
                Option("train", "also a training script where the file has no `train` section"),
                Option("single-file", "model and training script in one file"),
                Option("exact", "training and moving statistics too are the same on every target"),
                Option("stage", "prints a stage of the compilation instead", "STAGE",
                       ("ast", "ir", "facts", "code")),
            ),
        ),
        Command(
            "ir", "the graph of a model as JSON", "FILE", 0, 1,
            (
                MODEL,
                SET,
                Option("schema", "the JSON Schema of that form instead, without a file"),
            ),
        ),
        Command(
            "run", "compiles a model and trains it", "FILE", 1, 1,
            (
                TARGET,
                Option("output", "a folder for the code (default: one that is removed again)",
                       "DIR", short="-o"),
                MODEL,
                SET,
            ),
            "Flags after -- go to the training script: nndsl run digits.nn --target torch "
            "-- --epochs 3",
            rest=True,
        ),
        Command(
            "verify", "whether the code of two targets does the same", "FILE", 1, 1,
            (
                Option("targets", "what to compare, the others with the first", "NAMES",
                       default="keras,torch"),
                MODEL,
                SET,
                Option("steps", "steps of training to compare", "N", default="5", whole=True),
                Option("batch", "examples in a step, at least 2", "N", default="8", whole=True),
                Option("tier", "in float32, or the code of --exact in float64", "TIER",
                       ("practical", "exact"), "practical"),
                Option("exact", "the code of `compile --exact` in the practical tier too"),
                Option("seed", "of weights and inputs", "N", default="0", whole=True),
                Option("format", "how to print", "FORMAT", ("text", "json"), "text"),
            ),
            "Runs the emitted code of every target with equal weights and equal batches, dropout "
            "off, and compares\nparameters, outputs, gradients and training. Needs the frameworks. "
            "Exits with 0 where they agree, else with 1.",
        ),
        Command(
            "weights", "weights from one framework's file to another's", "convert IN OUT", 3, 3,
            (
                Option("model", "the .nn file whose weights they are", "FILE"),
                Option("name", "its model; otherwise the file's first", "NAME"),
                SET,
                Option("from", "what IN holds (default: by its suffix)", "KIND", KINDS),
                Option("to", "what to write (default: by its suffix)", "KIND", KINDS),
                Option("map", "the names in IN: a file, or a map that nndsl brings", "MAP"),
                Option("to-map", "the names in OUT", "MAP"),
                Option("round", "rounds float64 to float32, which is else refused"),
                Option("allow-nan", "goes on where numbers are not finite"),
            ),
            "keras: .weights.h5 or .keras; torch: .safetensors or a state_dict in .pt; nndsl: "
            ".safetensors by the\nnames of the program. Every mismatch is listed, and nothing is "
            "written where there is one.",
        ),
        Command(
            "fmt", "formats files in place", "FILE", 1, MANY,
            (Option("check", "changes nothing; exits with 1 where a file is not formatted"),),
        ),
        Command("explain", "what an error code means", "CODE", 1, 1, ()),
    )
}  # fmt: skip
