"""Names that Python, torch and the emitted file own, so that a user's name gets a suffix."""

from __future__ import annotations

from nndsl.emit.names import BUILTINS, KEYWORDS

# What the emitted module itself binds: imports and helpers' modules.
IMPORTED = frozenset(("torch", "nn", "F", "Tensor", "math", "partial", "Sequence", "Callable"))
# What emitted constructors call: a parameter of that name would hide it.
CALLED = frozenset(
    ("super", "range", "len", "enumerate", "zip", "reversed", "sorted", "list", "tuple", "sum",
     "min", "max", "abs", "round", "int", "float", "type", "ValueError", "self")
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
# The others, which nn.Module keeps its own state in.
PRIVATE = frozenset(
    ("T_destination", "_apply", "_backward_hooks", "_backward_pre_hooks", "_buffers", "_call_impl",
     "_compiled_call_impl", "_forward_hooks", "_forward_hooks_always_called",
     "_forward_hooks_with_kwargs", "_forward_pre_hooks", "_forward_pre_hooks_with_kwargs",
     "_get_backward_hooks", "_get_backward_pre_hooks", "_get_name", "_is_full_backward_hook",
     "_load_from_state_dict", "_load_state_dict_post_hooks", "_load_state_dict_pre_hooks",
     "_maybe_warn_non_full_backward_hook", "_modules", "_named_members",
     "_non_persistent_buffers_set", "_parameters", "_register_load_state_dict_pre_hook",
     "_register_state_dict_hook", "_replicate_for_data_parallel", "_save_to_state_dict",
     "_slow_forward", "_state_dict_hooks", "_state_dict_pre_hooks", "_version",
     "_wrapped_call_impl")
)  # fmt: skip
# Helper functions that emitted constructors and formulas call.
HELPERS = frozenset(("round_to", "start", "regularize", "without"))
VARIABLES = KEYWORDS | IMPORTED | BUILTINS | HELPERS
ATTRIBUTES = KEYWORDS | MODULE | PRIVATE
