"""A statement as tokens: pieces of text with what the line breaker must know about each.

Hidden brackets stand where parentheses may appear when a line is broken: around the value of an
assignment, a condition, an annotation. They have no text until layout.py shows them.
"""

# Kinds of token. Openers and closers are CLOSER apart.
(
    OTHER,
    WORD,  # names and keywords
    NUMBER,
    STRING,
    DOT,
    COMMA,
    EQUAL,  # of an assignment, a keyword argument or a default
    POWER,
    SIGN,  # unary + - ~
    FOR,  # what stands from here to IN, or from LAMBDA to LAMBDA_END, is one level deeper
    IN,
    LAMBDA,
    LAMBDA_END,
) = range(13)
CALL = 16  # of a call, a definition's parameters, a class's bases
ATOM = 17  # of a tuple, list or dictionary, and around an operand
INDEX = 18
HIDDEN = 19  # around the value of a statement
HIDDEN_COND = 20  # around a conditional expression
HIDDEN_NOTE = 21  # around an annotation
HIDDEN_TUPLE = 22  # around a bare tuple
HIDDEN_IMPORT = 23
CLOSER = 16

# Priorities of a line break, the highest first to be taken.
BREAK_COMPREHENSION = 20
BREAK_COMMA = 18
BREAK_CONDITION = 16
BREAK_LOGIC = 14
BREAK_STRING = 12
BREAK_COMPARISON = 10
BREAK_OPERATOR = {
    "|": 9,
    "^": 8,
    "&": 7,
    "<<": 6,
    ">>": 6,
    "+": 5,
    "-": 5,
    "*": 4,
    "/": 4,
    "//": 4,
    "%": 4,
    "@": 4,
    "**": 2,
}
BREAK_DOT = 1


def is_opener(kind: int) -> bool:
    """Does a token of this kind open a bracket, be it hidden?"""
    return CALL <= kind < CALL + CLOSER


def is_closer(kind: int) -> bool:
    """Does a token of this kind close a bracket, be it hidden?"""
    return kind >= CALL + CLOSER


def is_hidden(kind: int) -> bool:
    """Is it a bracket without a text of its own?"""
    return HIDDEN <= kind < CALL + CLOSER or kind >= HIDDEN + CLOSER


class Tokens:
    """The tokens of one logical line, as parallel lists; a piece includes the space before it."""

    __slots__ = ("before", "kinds", "pieces", "spaced")

    def __init__(self) -> None:
        self.kinds: list[int] = []
        self.pieces: list[str] = []
        self.before: list[int] = []  # priority of a break in front of the token, 0 for none
        self.spaced = False

    def put(self, kind: int, text: str, before: int = 0) -> None:
        """Adds a token."""
        self.kinds.append(kind)
        self.before.append(before)
        if self.spaced:
            text = " " + text
            self.spaced = False
        self.pieces.append(text)

    def space(self) -> None:
        """A space before the next token."""
        self.spaced = True

    def word(self, text: str, before: int = 0) -> None:
        """Adds a keyword or checked name."""
        self.put(WORD, text, before)

    def infix(self, kind: int, text: str, before: int) -> None:
        """Adds an operator with a space on each side."""
        self.spaced = True
        self.put(kind, text, before)
        self.spaced = True

    def comma(self) -> None:
        """Adds a comma and a space."""
        self.put(COMMA, ",")
        self.spaced = True

    def open(self, kind: int, text: str = "") -> None:
        """Opens a bracket; hidden kinds have no text."""
        self.put(kind, text)

    def close(self, kind: int, text: str = "") -> None:
        """Closes the bracket that was opened with this kind."""
        self.spaced = False
        self.put(kind + CLOSER, text)
