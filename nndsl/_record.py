"""Named tuples that are quick to define: to a type checker they are `typing.NamedTuple`.

`typing` compiles the annotation of every field, `collections` a constructor for every class: for
the records that each start of the command defines, a third of the time of `nndsl params`. Here
annotations stay text, and a class gets a constructor of its own when more than a few
records of it are made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from collections import namedtuple

    FEW = 30

    try:
        from _collections import _tuplegetter as _getter
    except ImportError:  # not every interpreter has it
        from operator import itemgetter

        def _getter(index, doc):
            return property(itemgetter(index), doc=doc)

    class _Record(tuple):
        """What all records share; as in `collections.namedtuple`."""

        __slots__ = ()
        _fields = ()
        _field_defaults = {}  # noqa: RUF012 - each class has its own

        @classmethod
        def _make(cls, values):
            made = tuple.__new__(cls, values)
            if len(made) != len(cls._fields):
                raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
            return made

        def _replace(self, /, **changes):
            made = self._make(map(changes.pop, self._fields, self))
            if changes:
                raise ValueError(f"Got unexpected field names: {list(changes)!r}")
            return made

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self):
            shown = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
            return f"{type(self).__name__}({shown})"

        def __getnewargs__(self):
            return tuple(self)

    def _late(fields, defaults):
        """A constructor that puts the real one in its place once it has made some records."""
        count, made = len(fields), 0

        def __new__(cls, *args, **kwargs):  # noqa: N807 - it is one
            nonlocal made
            made += 1
            if made <= FEW and not kwargs and count - len(defaults) <= len(args) <= count:
                return tuple.__new__(cls, args + defaults[len(defaults) + len(args) - count :])
            home = next(one for one in cls.__mro__ if "_fields" in vars(one))
            real = namedtuple(home.__name__, fields, defaults=defaults).__new__
            home.__new__ = staticmethod(real)
            return real(cls, *args, **kwargs)

        return __new__

    class _Maker(type):
        """Makes a class of the body of `class X(NamedTuple)`; it is no instance of this one."""

        def __new__(cls, name, bases, space):
            fields = tuple(space["__annotations__"])  # text: modules begin with the future import
            given = {field: space.pop(field) for field in fields if field in space}
            if list(given) != list(fields[len(fields) - len(given) :]):
                raise TypeError(f"fields of {name} without a default follow ones with a default")
            body = {field: _getter(at, field) for at, field in enumerate(fields)}
            space.setdefault("__new__", _late(fields, tuple(given.values())))
            space.update(body, __slots__=(), _fields=fields, __match_args__=fields)
            space["_field_defaults"] = given
            return type(name, (_Record,), space)

    NamedTuple = type.__new__(_Maker, "NamedTuple", (), {})


__all__ = ["NamedTuple"]
