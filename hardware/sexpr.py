"""KiCad's files: nested lists with quoted strings."""

import re
import uuid

Node = list["str | int | float | Quoted | Node"]

NAMESPACE = uuid.UUID("6f1d4a52-2f0e-5b1c-9c39-7a0b0a5a4e11")
WIDTH = 90


class Quoted(str):
    """A string that stands in quotes in the file."""

    __slots__ = ()


def identity(*path: str) -> Quoted:
    """Return the UUID of the thing that a path of names leads to, always the same."""
    return Quoted(uuid.uuid5(NAMESPACE, "/".join(path)))


def _atom(value: "str | int | float | Quoted") -> str:
    if isinstance(value, Quoted):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    if isinstance(value, float):
        return f"{round(value, 4) + 0.0:g}" if abs(value) < 1e5 else f"{value:.4f}"
    return str(value)


def render(node: Node, depth: int = 0) -> str:
    """Return the text of a node: on one line if it is short, else a line an element."""
    flat = _flat(node)
    if len(flat) + 2 * depth <= WIDTH:
        return flat
    head: list[str] = []
    rest: list[str] = []
    for element in node:
        if isinstance(element, list):
            rest.append(render(element, depth + 1))
        elif rest:
            rest.append(_atom(element))
        else:
            head.append(_atom(element))
    indent = "\n" + "  " * (depth + 1)
    return (
        f"({' '.join(head)}{''.join(indent + line for line in rest)}\n{'  ' * depth})"
    )


def _flat(node: Node) -> str:
    texts = (_flat(e) if isinstance(e, list) else _atom(e) for e in node)
    return f"({' '.join(texts)})"


TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[()]|[^\s()"]+')


def parse(text: str) -> Node:
    """Return the node that a file's text holds; all atoms are strings."""
    stack: list[Node] = [[]]
    for token in TOKEN.findall(text):
        if token == "(":
            stack.append([])
        elif token == ")":
            node = stack.pop()
            stack[-1].append(node)
        elif token[0] == '"':
            stack[-1].append(Quoted(re.sub(r"\\(.)", r"\1", token[1:-1])))
        else:
            stack[-1].append(token)
    root = stack[0][0]
    if not isinstance(root, list):
        raise ValueError("not a KiCad file: it does not begin with a parenthesis")
    return root


def find(node: Node, name: str) -> list[Node]:
    """Return the elements of a node that begin with a name."""
    return [e for e in node if isinstance(e, list) and e and e[0] == name]
