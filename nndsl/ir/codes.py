"""The error codes of names, settings, bodies and budgets: code -> title and explanation."""

from __future__ import annotations

from collections.abc import Mapping

NAMES = {
    "NN101": (
        "unknown name",
        "No setting, value, block or built-in word has this name here. Names are visible from "
        "their line to the end of their braces; a block sees its settings, its inputs and the "
        "file, never its caller. Words of the language are case-sensitive: layers are CamelCase, "
        "functions and activations snake_case.",
    ),
    "NN102": (
        "no such setting or operand",
        "The layer, block or function takes nothing of this name. Settings are listed on the "
        "layer's page; those of a block stand in its parentheses, its inputs on `input` lines.",
    ),
    "NN103": (
        "something needed is missing",
        "A setting without a default has to be given, and every input of a block has to get a "
        "value: the first by the pipeline, the others by keyword.",
    ),
    "NN104": (
        "a value that the setting does not take",
        "The setting wants another kind of value (a number, a word it knows, true or false, an "
        "activation), or one within its bounds.",
    ),
    "NN105": (
        "no place for an argument",
        "Arguments without a name are given places by their kind: numbers fill the numeric "
        "settings in order, an activation fills `act`, a word the setting that knows it. `none`, "
        "`true` and `false` name their setting.",
    ),
    "NN106": ("a setting that is given twice", "Remove one of the two."),
}

TYPES = {
    "NN220": (
        "a value of another type than the input says",
        "An input with a type checks what it is given: the number of axes, the kind of numbers, "
        "every dimension that it states, and its bounds.",
    ),
    "NN221": (
        "this is no type",
        "A type is a list of dimensions, `[28, 28, 1]`, with `int` or `bool` before it where the "
        "numbers are not real: `int[?T]`. A dimension is a whole number above zero, `?name`, "
        "`32*?h`, `?T + 2` or `?T <= 1024`.",
    ),
    "NN222": (
        "the asserted shape is another",
        "`shape[...]` states what has arrived; this shape is not what arrives.",
    ),
}

EXPRESSIONS = {
    "NN301": (
        "another kind of value is wanted",
        "The operator or function takes numbers where a list stands, a list where a number "
        "stands, or the like.",
    ),
    "NN302": ("division by zero", "A divisor, or the step of a range or slice, is zero."),
    "NN303": (
        "a number without a value",
        "The result is too large, or is not defined: the root of a negative number.",
    ),
    "NN304": ("a list that is too long", "Lists have a budget, so that every file compiles soon."),
    "NN305": (
        "a condition that is not true or false now",
        "`if` and `1 if c else 2` are decided by the compiler, from settings and shapes. To choose "
        "between values while the network runs use `where(cond, a, b)`.",
    ),
    "NN306": (
        "a decision that depends on an open dimension",
        "A dimension such as `?T` is known only at run time, so nothing can be decided by it now. "
        "Give it a number, or bounds that decide.",
    ),
    "NN314": (
        "a stage where a value is wanted",
        "`relu` alone is something to do, not something that is. Pipe a value into it: "
        "`(_ -> relu)`, or call the function with a value: `relu(x)`.",
    ),
    "NN315": ("a body without an input", "`input` is the block's first input; there is none."),
    "NN317": (
        "an open dimension that is not defined",
        "`?T` is defined by its first place in the type of an input, or by an assertion; a block's "
        "open dimensions are its own.",
    ),
    "NN318": (
        "this cannot be called",
        "What stands before the parenthesis takes no settings: a value, a shared instance (one set "
        "of weights, with its settings already), a recipe of several stages; or a local name "
        "hides the built-in word.",
    ),
    "NN319": (
        "nothing to take from a pushed list",
        "`pop(s)` takes the value that `push s` kept last. The list is empty here, or no `push` "
        "of this name comes before.",
    ),
    "NN320": ("an index beyond the end", "Items count from 0, or from the end with -1."),
    "NN321": (
        "a number that is known only at run time",
        "Values of the network may not be computed from an open dimension here.",
    ),
    "NN324": (
        "a setting that can hold no such thing",
        "Settings hold numbers, words, lists and recipes; values of the network go through inputs.",
    ),
}

BODIES = {
    "NN307": ("a merge without a branch", "Each line of a merge that moves the flow is a branch."),
    "NN308": (
        "a residual that changes the shape",
        "`residual { ... }` adds its input to what its body gives, so both have one shape. With a "
        "projection on the way round, write `add { ...; Conv(...) }`.",
    ),
    "NN309": (
        "a name for something that begins with a stage",
        "After `x =` a pipeline begins with a value: `x = _ -> Dense(10)`. Without a value it "
        "would be a recipe, which `let` holds.",
    ),
    "NN310": (
        "a line in the wrong place",
        "`input` and `output` stand at the top of a block or model, outside of inner braces.",
    ),
    "NN311": (
        "a name that is bound already",
        "A name is bound once and means one thing to the end of its braces. The second place is "
        "where it was bound first.",
    ),
    "NN313": (
        "a shared instance with other weights",
        "One instance has one set of weights: every use must take values of the size of the first.",
    ),
    "NN316": (
        "nothing flows here yet",
        "A model with several inputs has no flow until a line starts one: `left -> Dense(10)`.",
    ),
    "NN322": (
        "names and values that do not match in number",
        "`a, b = ...` takes exactly two values apart.",
    ),
    "NN323": (
        "several values where one is wanted",
        "Several outputs are a tuple and must be taken apart: `a, b = ...`, or `_, b = ...` to go "
        "on with the first.",
    ),
    "NN325": (
        "frozen at a use of a shared instance",
        "Whether weights are frozen belongs to their declaration: `shared x = frozen Dense(10)`.",
    ),
    "NN326": (
        "a stage that ignores what arrives",
        "After `->` a stage takes what arrives; an expression has to mention it as `_`.",
    ),
    "NN327": (
        "a number where a stage is wanted",
        "Numbers have names by `let`; a tensor of a number is `constant(...)`.",
    ),
    "NN328": (
        "a shared instance outside of its body",
        "An instance is used in the body that declares it; it is neither a setting nor a recipe.",
    ),
    "NN329": (
        "a value in a layer's parentheses",
        "Layers take values by `->` and by keyword: `x -> Dense(10)`, `Attention(8, context=m)`.",
    ),
    "NN330": ("a `let` function is one expression", "`let half(n) = n // 2`; it holds no stages."),
    "NN331": (
        "a value of the network in a `let`",
        "`let` names numbers and recipes. Values are named without it: `x = _ -> Dense(10)`.",
    ),
    "NN332": (
        "`shared` holds layers and blocks",
        "What is shared is an instance with weights. Put other stages into a block.",
    ),
    "NN333": (
        "a weight that cannot be read",
        "The weights of a shared instance are read by a dot, after its first use: `wte.table`, "
        "`bert.words.table`; `wte.transposed` uses the matrix the other way round.",
    ),
    "NN334": ("a model that is defined by itself", "`model A = A(...)` leads nowhere."),
    "NN335": ("a body that gives nothing", "It ends without a flow and has no `output` line."),
    "NN336": (
        "a model's input without a type",
        "Everything is counted before the network runs, so a model states its inputs' shapes.",
    ),
    "NN337": ("a file without a model", "Blocks can be checked; tables and code are of models."),
    "NN338": ("a model without an input", "A model begins with `input name: type`."),
    "NN351": (
        "a name that nothing reads",
        "A value, `let`, input, weight, shared instance, pushed list or loop variable that nothing "
        "mentions is most often a slip. Remove it, or begin its name with `_`.",
    ),
    "NN352": (
        "a flow that nothing reads",
        "What this line makes is lost, because a later line starts from another value, or because "
        "the outputs are taken from elsewhere. Its weights would be in the model all the same.",
    ),
    "NN353": (
        "a setting that nothing reads",
        "Giving the setting another value changes nothing. It may be wanted, for blocks that are "
        "used in each other's place; hence a warning.",
    ),
    "NN354": (
        "a picture whose channels seem to come first, or to be left out",
        "Shapes are channels-last: `[224, 224, 3]` is 224 x 224 positions with 3 channels. "
        "`[3, 224, 224]` is 3 x 224 positions with 224 channels, which a convolution takes for "
        "what it is. Another order is stated by naming the axes, `[C=3, H=224, W=224]`, and so "
        "is this one where it is meant: `[H=3, W=224, C=224]`. A grey picture has one channel, "
        "`[28, 28, 1]`: `[28, 28]` is a row of 28 steps with 28 channels each. Where it is meant, "
        "`Conv1D` says so.",
    ),
}

BUDGETS = {
    "NN401": (
        "too many steps",
        "Loops and blocks make more steps than the budget allows. Every file compiles in bounded "
        "time, so that text from anywhere is safe to compile.",
    ),
    "NN402": ("a loop that is too long", "Or one that runs a negative number of times."),
    "NN403": (
        "blocks nested too deeply",
        "A block that uses itself needs an `if` by which it ends, over a setting that changes.",
    ),
    "NN404": ("too many imported files", "See whether an import reaches more than it should."),
    "NN405": (
        "a file that cannot be imported",
        "Paths are relative to the importing file, are written with `/`, and stay inside the "
        "folder of the main file.",
    ),
    "NN406": ("files that import each other", "Move what both need into a third file."),
}

CODES: Mapping[str, tuple[str, str]] = {**NAMES, **TYPES, **EXPRESSIONS, **BODIES, **BUDGETS}
