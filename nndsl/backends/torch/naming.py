"""Names in the emitted classes that collide with nothing of Python, torch or each other."""

from __future__ import annotations

from keyword import kwlist, softkwlist

# What the emitted module itself binds: imports and helpers' modules.
IMPORTED = frozenset(("torch", "nn", "F", "Tensor", "math", "partial", "Sequence", "Callable"))
BUILTINS = frozenset(
    ("abs", "enumerate", "float", "int", "len", "list", "max", "min", "range", "reversed", "round",
     "sorted", "sum", "super", "tuple", "zip", "bool", "type", "str", "input", "getattr",
     "isinstance", "dict", "set", "print", "id", "hash", "map", "filter", "all", "any", "iter",
     "next", "object", "repr", "round_to", "start", "regularize")
)  # fmt: skip
# The public attributes of nn.Module (torch 2.13), which an attribute of ours would hide, and
# the methods that we add.
MODULE = frozenset(
    ("add_module", "apply", "bfloat16", "buffers", "call_super_init", "children", "compile", "cpu",
     "cuda", "double", "dump_patches", "eval", "extra_losses", "extra_repr", "float", "forward",
     "get_buffer", "get_extra_state", "get_parameter", "get_submodule", "half", "ipu",
     "load_state_dict", "logits", "losses", "modules", "mtia", "named_buffers", "named_children",
     "named_modules", "named_parameters", "parameters", "penalty", "register_backward_hook",
     "register_buffer", "register_forward_hook", "register_forward_pre_hook",
     "register_full_backward_hook", "register_full_backward_pre_hook",
     "register_load_state_dict_post_hook", "register_load_state_dict_pre_hook",
     "register_module", "register_parameter", "register_state_dict_post_hook",
     "register_state_dict_pre_hook", "requires_grad_", "set_extra_state", "set_submodule",
     "share_memory", "state_dict", "to", "to_empty", "train", "training", "type", "xpu",
     "zero_grad")
)  # fmt: skip
KEYWORDS = frozenset((*kwlist, *softkwlist, "self"))
VARIABLES = KEYWORDS | IMPORTED | BUILTINS
ATTRIBUTES = KEYWORDS | MODULE


class Namer:
    """Hands out names of one space, each once."""

    def __init__(self, reserved: frozenset[str]) -> None:
        self._reserved = reserved
        self._taken: set[str] = set()
        self.bases: dict[str, str] = {}
        """What each name was asked for as."""

    def fresh(self, base: str) -> str:
        """The base if it is free, else with a suffix: `_` for a reserved word, a number."""
        name = safe(base, self._reserved)
        count = 2
        while name in self._taken:
            name = f"{base}_{count}" if base[-1:].isdigit() else f"{base}{count}"
            count += 1
        self._taken.add(name)
        self.bases[name] = safe(base, self._reserved)
        return name

    def take(self, name: str) -> None:
        """Keeps a name from being handed out."""
        self._taken.add(name)


def safe(name: str, reserved: frozenset[str]) -> str:
    """The name, with `_` behind it where it is reserved."""
    return f"{name}_" if name in reserved or name.startswith("__") else name


def plural(name: str) -> str:
    """`conv` -> `convs`, `branch` -> `branches`, `dense1` -> `dense1s`."""
    if name.endswith(("s", "x", "ch", "sh")):
        return f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("y") and name[-2:-1] not in "aeiou" else f"{name}s"
