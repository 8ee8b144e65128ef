"""Finished pieces of text into their places: the only module that knows of Jinja.

Templates hold constant text and say where things stand; what depends on the model comes from the
code tree, printed.
"""

from collections.abc import Mapping

from nndsl import _resources


def fill(template: str, places: Mapping[str, object]) -> str:
    """The text of a template (`torch/model.py.jinja`) with these names in it.

    Raises jinja2.UndefinedError if the template asks for a name that is not there.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # 30 ms, which most need not

    environment = Environment(
        loader=FunctionLoader(_resources.template_text),
        undefined=StrictUndefined,
        autoescape=False,  # Python, not HTML: the printer has quoted every text
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(places)
