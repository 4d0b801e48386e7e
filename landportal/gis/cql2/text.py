"""CQL2 text to the tree.

Written by hand, because the reader that PyPI offers (`cql2`) takes time that doubles with every parenthesis of a text
that is wrong inside: 25 open ones hold a worker for minutes, and nothing can interrupt it. It reads numbers as doubles
and cannot say later where in the text a wrong type stands. This one reads every word once; the other one is the tests'
second opinion.

Beyond the standard it takes what clients write: ``!=``, square brackets around lists, a minus before anything, and
names such as ``date`` or ``point`` unquoted where no parenthesis follows.
"""

from __future__ import annotations

from landportal.gis.cql2 import values, wkt
from landportal.gis.cql2.problems import MAX_DEPTH, BadFilter
from landportal.gis.cql2.reader import Reader
from landportal.gis.cql2.shapes import box
from landportal.gis.cql2.tokens import Sort, Token, tokens
from landportal.gis.cql2.tree import Call, Interval, Listed, Literal, Node, Open, Property

_OR, _AND, _NOT, _COMPARED, _SUM, _PRODUCT, _POWER, _SIGN = range(1, 9)

_BINDING = {
    "OR": _OR, "AND": _AND, "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "%": _PRODUCT, "DIV": _PRODUCT,
    "^": _POWER,
    **dict.fromkeys(("=", "<>", "!=", "<", ">", "<=", ">=", "LIKE", "BETWEEN", "IN", "IS", "NOT"), _COMPARED),
}  # fmt: skip
"""How tightly an operator between two values binds; NOT stands here for NOT LIKE, NOT BETWEEN, NOT IN."""

_RESERVED = {"AND", "OR", "NOT", "NULL"}


def parse(text: str) -> Node:
    """The tree of CQL2 `text`; BadFilter tells the character."""
    parser = _Parser(tokens(text))
    root = parser.expression(_OR)
    if parser.next.sort is not Sort.END:
        parser.unexpected()
    return root


class _Parser(Reader):
    """Operator precedence: an expression is a value and all operators behind it that bind tightly enough."""

    def __init__(self, words: list[Token]) -> None:
        super().__init__(words)
        self.depth = 0

    def expression(self, binding: int) -> Node:
        """What stands here, with the operators behind it that bind as tightly as `binding`."""
        self.depth += 1
        if self.depth > 2 * MAX_DEPTH:
            raise BadFilter(f"More than {MAX_DEPTH} operators stand inside each other.", self.next.where)
        left = self._value()
        compared = False
        while (operator := self._operator()) and _BINDING[operator] >= binding:
            if _BINDING[operator] == _COMPARED:
                if compared:
                    raise BadFilter("Comparisons do not chain; parentheses say what is meant.", self.next.where)
                compared = True
                left = self._comparison(left)
            else:
                left = self._applied(operator, left)
        self.depth -= 1
        return left

    def _operator(self) -> str:
        if self.next.sort not in {Sort.NAME, Sort.SIGN}:
            return ""
        name = self.next.text.upper()
        return name if name in _BINDING else ""

    def _applied(self, operator: str, left: Node) -> Node:
        """AND and OR in a row become one; powers begin from the right, everything else from the left."""
        word = self.take()
        right = self.expression(_BINDING[operator] + (operator != "^"))
        op = operator.lower()
        if op in {"and", "or"} and isinstance(left, Call) and left.op == op:
            return Call(op, (*left.args, right), left.where)
        return Call(op, (left, right), word.where)

    def _comparison(self, left: Node) -> Node:
        word = self.take()
        operator = word.text.upper()
        if operator == "IS":
            negated = self.accept("NOT")
            self.expect("NULL")
            return _negated(Call("isnull", (left,), word.where), negated)
        if operator == "NOT":
            return _negated(self._worded(left, self.take()), True)
        if word.sort is Sort.NAME:
            return self._worded(left, word)
        op = "<>" if operator == "!=" else operator
        return Call(op, (left, self.expression(_SUM)), word.where)

    def _worded(self, left: Node, word: Token) -> Node:
        match word.text.upper():
            case "LIKE":
                return Call("like", (left, self.expression(_SUM)), word.where)
            case "BETWEEN":
                low = self.expression(_SUM)
                self.expect("AND")
                return Call("between", (left, low, self.expression(_SUM)), word.where)
            case "IN":
                return Call("in", (left, self._list(self.expect("("), ")")), word.where)
            case _:
                raise BadFilter(f"Behind NOT, LIKE, BETWEEN or IN was expected, not {word.shown()}.", word.where)

    # ------------------------------------------------------------------------------------------------------ values

    def _value(self) -> Node:
        word = self.take()
        match word.sort:
            case Sort.NUMBER:
                return Literal(wkt.number(word, 1), word.where)
            case Sort.TEXT:
                return Literal(values.text(word.text, word.where), word.where)
            case Sort.QUOTED:
                return Property(word.text, word.where)
            case Sort.NAME:
                return self._named(word)
            case Sort.SIGN if word.text in "([":
                return self._bracketed(word)
            case Sort.SIGN if word.text in "+-":
                return self._signed(word)
        raise BadFilter(f"A value was expected, not {word.shown()}.", word.where)

    def _signed(self, sign: Token) -> Node:
        direction = -1 if sign.text == "-" else 1
        if self.next.sort is Sort.NUMBER:
            return Literal(wkt.number(self.take(), direction), sign.where)
        value = self.expression(_SIGN)
        return value if direction == 1 else Call("*", (Literal(-1, sign.where), value), sign.where)

    def _named(self, word: Token) -> Node:
        name = word.text.upper()
        if name in {"TRUE", "FALSE"}:
            return Literal(name == "TRUE", word.where)
        if name == "NOT":
            return Call("not", (self.expression(_NOT),), word.where)
        if name in _RESERVED:
            raise BadFilter(f"A value was expected, not {word.shown()}.", word.where)
        if wkt.begins(self, word):
            return wkt.shape(self, word)
        if self.next.text == "(" and self.next.sort is Sort.SIGN:
            return self._called(word)
        return Property(word.text, word.where)

    def _bracketed(self, word: Token) -> Node:
        """An expression in parentheses; a list, where there is none in them or more than one."""
        closing = ")" if word.text == "(" else "]"
        listed = self._list(word, closing)
        return listed.items[0] if len(listed.items) == 1 and closing == ")" else listed

    def _list(self, opening: Token, closing: str) -> Listed:
        items: list[Node] = []
        if not self.accept(closing):
            items.append(self.expression(_OR))
            while self.accept(","):
                items.append(self.expression(_OR))
            self.expect(closing)
        return Listed(tuple(items), opening.where)

    def _called(self, word: Token) -> Node:
        name = word.text.lower()
        opening = self.take()
        if name in {"date", "timestamp"}:
            written = self._text()
            self.expect(")")
            return (values.day if name == "date" else values.moment)(written.text, written.where)
        if name == "bbox":
            return box([self._coordinate() for _ in self.until(")")], word.where)
        if name == "interval":
            ends = [self._end() for _ in self.until(")")]
            if len(ends) != 2:
                raise BadFilter("An interval has a begin and an end.", word.where)
            return Interval(ends[0], ends[1], word.where)
        if name.startswith("a_"):
            return Call(name, tuple(self._array() for _ in self.until(")")), word.where)
        return Call(name, self._list(opening, ")").items, word.where)

    def _text(self) -> Token:
        word = self.take()
        if word.sort is not Sort.TEXT:
            raise BadFilter(f"A text in single quotes was expected, not {word.shown()}.", word.where)
        return word

    def _coordinate(self) -> int | float:
        direction = -1 if self.next.text == "-" else 1
        if self.next.text in {"+", "-"}:
            self.take()
        word = self.take()
        if word.sort is not Sort.NUMBER:
            raise BadFilter(f"A number was expected, not {word.shown()}.", word.where)
        return wkt.number(word, direction)

    def _end(self) -> Node:
        if self.next.sort is not Sort.TEXT:
            return self.expression(_SUM)
        word = self.take()
        return Open(word.where) if word.text == ".." else values.instant(word.text, word.where)

    def _array(self) -> Node:
        """Parentheses always make a list here, even around one value."""
        if self.next.sort is Sort.SIGN and self.next.text == "(":
            return self._list(self.take(), ")")
        return self.expression(_OR)


def _negated(node: Node, negated: bool) -> Node:
    return Call("not", (node,), node.where) if negated else node
