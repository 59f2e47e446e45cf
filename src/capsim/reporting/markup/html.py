"""HTML in which whatever comes from a user is a text: elements that escape all that is not HTML."""

from __future__ import annotations

import html
import json
import unicodedata
from collections.abc import Iterable
from typing import Any

__all__ = ["Html", "dotted", "joined", "json_for_script", "name", "tag"]

_EMPTY = frozenset({"br", "input", "meta", "hr", "col"})
_ISOLATE, _END = "\u2068", "\u2069"
_STEERING = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))


class Html(str):
    """A text that is HTML already, as `tag` gives it."""

    __slots__ = ()


def tag(element: str, *children: Any, **attributes: Any) -> Html:
    """An element; texts among its children and values of attributes are escaped.

    Parameters
    ----------
    element : str
    children : Html, str, number, None or iterables of these
    attributes
        ``class_`` is written class, ``aria_label`` aria-label; True stands alone, None and False
        are left out.

    Examples
    --------
    >>> tag("p", "1 < 2", class_="note")
    '<p class="note">1 &lt; 2</p>'
    >>> tag("input", type="range", disabled=True)
    '<input type="range" disabled>'
    """
    words = [element]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        words.append(key if value is True else f'{key}="{html.escape(_visible(str(value)))}"')
    opening = f"<{' '.join(words)}>"
    if element in _EMPTY:
        return Html(opening)
    return Html(f"{opening}{joined(children)}</{element}>")


def joined(children: Any) -> Html:
    """Children below each other, texts escaped."""
    if children is None:
        return Html("")
    if isinstance(children, Html):
        return children
    if isinstance(children, str):
        return Html(html.escape(_visible(children), quote=False))
    if isinstance(children, Iterable):
        return Html("".join(map(joined, children)))
    return Html(html.escape(str(children)))


def name(text: object) -> str:
    r"""A name of the user's own, in its own writing direction; marks that turn others go.

    Examples
    --------
    >>> ascii(name("in\u202etake"))
    "'\\u2068intake\\u2069'"
    """
    return f"{_ISOLATE}{str(text).translate(_STEERING)}{_END}"


def dotted(path: str) -> Html:
    """A dotted path that may break behind its dots.

    Examples
    --------
    >>> dotted("teams.desk.fte")
    '<code><bdi>teams.<wbr>desk.<wbr>fte</bdi></code>'
    """
    return tag("code", tag("bdi", Html(joined(path).replace(".", ".<wbr>"))))


def _visible(text: str) -> str:
    """The text without characters that no page may hold."""
    if text.isprintable():
        return text
    return "".join(
        one if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cs") else "\ufffd"
        for one in text
    )


def json_for_script(value: Any) -> Html:
    r"""JSON that no text within can end early, whatever it says.

    Examples
    --------
    >>> json_for_script({"name": "</script>"})
    '{"name":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Html(text)
