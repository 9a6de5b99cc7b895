"""Reading conditions: the text of a `visibleIf` into a tree of `expressions`.

The grammar follows SurveyJS's own (survey-core, `expressions/grammar.pegjs`) without functions and
arithmetic, which are refused with a sentence that names them.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast

from impactbook.errors import InputError
from impactbook.frameworks.questionnaires.expressions import (
    Constant,
    Empty,
    Expression,
    List,
    Logic,
    Not,
    Operation,
    Variable,
)

if TYPE_CHECKING:
    from lark import Lark, Token

MAX_CHARACTERS = 4_000
MAX_DEPTH = 40

# Precedence as in SurveyJS: or, and, comparison, membership, then what stands alone. Keywords end
# at the end of a word, so `{a} = order` compares with a text. Numbers keep to the digits a double
# holds exactly.
_GRAMMAR = r"""
?start: or_
?or_: and_ (_OR and_)*
?and_: comparison (_AND comparison)*
?comparison: membership | comparison COMPARISON membership -> operation
?membership: factor | membership MEMBERSHIP factor -> operation
?factor: "(" or_ ")" | atom | list | _NOT factor -> not_ | atom EMPTY -> empty
?atom: VARIABLE -> variable | TEXT -> text | NUMBER -> number | TRUTH -> truth
     | NULL -> null | WORD -> word
list: "[" [or_ ("," or_)*] "]"

_OR.3: /\|\||or\b/i
_AND.3: /&&|and\b/i
_NOT.3: /!(?!=)|(negate|not)\b/i
COMPARISON.3: /<>|<=|>=|==|!=|<|>|=(?!=)|(lessorequal|greaterorequal|notequal|equal|less|greater)\b/i
MEMBERSHIP.3: /\*=|(notcontains?|contains?|anyof|allof|noneof)\b/i
EMPTY.3: /(notempty|empty)\b/i
TRUTH.3: /(true|false)\b/i
NULL.3: /(null|undefined)\b/i
VARIABLE: /\{[^{}]+\}/
TEXT: /'(\\['"]|[^'\\]|\\(?!['"]))*'|"(\\['"]|[^"\\]|\\(?!['"]))*"/
NUMBER: /0x[0-9a-f]{1,12}\b|-?[0-9]{1,15}(\.[0-9]{1,15})?(?![0-9a-z_.])/i
WORD: /[A-Za-z_][A-Za-z0-9_]*/
%ignore /[ \t\r\n]+/
"""

_OPERATORS = {
    "=": "==",
    "equal": "==",
    "<>": "!=",
    "notequal": "!=",
    "less": "<",
    "lessorequal": "<=",
    "greater": ">",
    "greaterorequal": ">=",
    "*=": "contains",
    "contain": "contains",
    "notcontain": "notcontains",
}


@lru_cache(maxsize=4096)
def parse_condition(text: str) -> Expression:
    """The tree of a condition; raises `InputError` for anything the language does not hold.

    >>> parse_condition("{phase} = 'item1'")
    Operation(operator='==', left=Variable(name='phase', as_is=False), right=Constant(value='item1'))
    """
    from lark.exceptions import UnexpectedInput, VisitError

    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"the condition is longer than {MAX_CHARACTERS} characters", remedy="shorten it"
        )
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        raise _unreadable(text, error) from None
    except VisitError as error:
        if isinstance(error.orig_exc, InputError):
            raise error.orig_exc from None
        raise
    return cast(_Built, tree).expression


class _Built:
    """An expression with its depth, so that a deep one is refused before anything recurses."""

    def __init__(self, expression: Expression, *parts: _Built) -> None:
        self.expression = expression
        self.depth: int = 1 + max((part.depth for part in parts), default=0)
        if self.depth > MAX_DEPTH:
            raise InputError(
                f"the condition is nested deeper than {MAX_DEPTH} levels", remedy="make it simpler"
            )


@cache
def _parser() -> Lark:
    from lark import Lark, Transformer, v_args

    @v_args(inline=True)
    class Builder(Transformer[Any, Any]):
        def or_(self, *parts: _Built) -> _Built:
            return _joined("or", parts)

        def and_(self, *parts: _Built) -> _Built:
            return _joined("and", parts)

        def operation(self, left: _Built, operator: Token, right: _Built) -> _Built:
            name = str(operator).lower()
            known = cast(Any, _OPERATORS.get(name, name))
            return _Built(Operation(known, left.expression, right.expression), left, right)

        def not_(self, part: _Built) -> _Built:
            return _Built(Not(part.expression), part)

        def empty(self, part: _Built, operator: Token) -> _Built:
            return _Built(Empty(cast(Any, part.expression), operator.lower() == "notempty"), part)

        def list(self, *items: _Built | None) -> _Built:
            given = [item for item in items if item is not None]
            return _Built(List(tuple(item.expression for item in given)), *given)

        def variable(self, token: Token) -> _Built:
            return _Built(_variable(token[1:-1].strip()))

        def text(self, token: Token) -> _Built:
            return _Built(Constant(token[1:-1].replace("\\'", "'").replace('\\"', '"')))

        def number(self, token: Token) -> _Built:
            return _Built(Constant(_number(token)))

        def truth(self, token: Token) -> _Built:
            return _Built(Constant(token.lower() == "true"))

        def null(self, _: Token) -> _Built:
            return _Built(Constant(None))

        def word(self, token: Token) -> _Built:
            return _Built(Constant(str(token)))

    return Lark(_GRAMMAR, parser="lalr", transformer=Builder(), maybe_placeholders=False)


def _joined(operator: Any, parts: tuple[_Built, ...]) -> _Built:
    return _Built(Logic(operator, tuple(part.expression for part in parts)), *parts)


def _variable(name: str) -> Variable:
    """A name as written; a leading `#` asks for the value without conversion."""
    as_is = name.startswith("#") and len(name) > 1
    name = name[1:].strip() if as_is else name
    if not name:
        raise InputError("the condition has braces without a name", remedy="name a question")
    return Variable(name, as_is)


def _number(text: str) -> int | float:
    if text.lower().startswith("0x"):
        return int(text, 16)
    return float(text) if "." in text else int(text)


def _unreadable(text: str, error: Any) -> InputError:
    """What stands where the grammar gave up, and what to write instead."""
    at, token = error.pos_in_stream, getattr(error, "token", None)
    if at is None or at < 0 or getattr(token, "type", None) == "$END":
        return InputError("the condition ends too early", remedy="complete it")
    before, rest = text[:at].rstrip(), text[at:]
    word = before[
        len(before.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")) :
    ]
    where = f"at character {at + 1}"
    if rest[0] == "(" and word:
        return InputError(
            f"the condition calls the function {word[:40]!r} ({where}), which is not read here",
            remedy="express it by comparisons of answers",
        )
    if rest[0] in "+*/%^" or (rest[0] == "-" and not word):
        return InputError(
            f"the condition calculates with {rest[0]!r} ({where}), which is not read here",
            remedy="express it by comparisons of answers",
        )
    if rest[0] == "-":
        return InputError(
            f"the condition has a text without quotes ({where})", remedy="put it in quotes"
        )
    shown = (rest.split() or [rest])[0][:20]
    return InputError(
        f"the condition cannot be read from {shown!r} on ({where})", remedy="correct it"
    )
