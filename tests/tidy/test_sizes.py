"""Files and functions stay small."""

import ast
import re

import tree

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60

NOT_A_FUNCTION = re.compile(r"^\s*(namespace|class|struct|union|enum|extern|if|for|while|switch|do|else|try|catch|case|return|}|#|//)\b")


def cpp_functions(content):
    """(line, length, text) of each outermost function of formatted code: an opening line with a parenthesis, and the
    closing brace at the same depth."""
    number = 0
    while number < len(content):
        line = content[number]
        start = number
        number += 1
        if not line.endswith("{") or NOT_A_FUNCTION.match(line):
            continue
        # A signature may take several lines; the first of them has the same depth as the closing brace.
        indent = len(line) - len(line.lstrip("\t"))
        while start > 0 and "(" not in content[start] or re.match(r"^\t* +\S", content[start]):
            start -= 1
            indent = len(content[start]) - len(content[start].lstrip("\t"))
            if not content[start].strip() or content[start].rstrip().endswith((";", "}")):
                break
        if "(" not in content[start] or NOT_A_FUNCTION.match(content[start]):
            continue
        end = number
        while end < len(content) and not re.match(r"^\t{%d}}" % indent, content[end]):
            end += 1
        yield start + 1, end - start + 1, content[start].strip()
        number = end + 1


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1, node.name


def test_files():
    wrong = []
    for path in tree.text_files():
        if path.suffix in tree.CPP | {".py", ".sh", ".cmake"}:
            length = len(tree.lines(path))
            if length > FILE_LINES_MAX:
                wrong.append(f"{tree.name(path)}: {length} lines, at most {FILE_LINES_MAX}")
    assert not wrong, "\n".join(wrong)


def test_functions():
    wrong = []
    for path in tree.files():
        if path.suffix in tree.CPP:
            found = cpp_functions(tree.lines(path))
        elif path.suffix == ".py":
            found = python_functions(path.read_text(encoding="utf-8"))
        else:
            continue
        wrong += [
            f"{tree.name(path)}:{line}: {length} lines, at most {FUNCTION_LINES_MAX}: {text}"
            for line, length, text in found
            if length > FUNCTION_LINES_MAX
        ]
    assert not wrong, "\n".join(wrong)


def test_the_measure_itself():
    body = "\n".join(["\tx;"] * 70)
    assert [length for _, length, _ in cpp_functions(f"int F(int a,\n      int b) {{\n{body}\n}}".split("\n"))] == [73]
    assert [length for _, length, _ in cpp_functions(f"struct S {{\n\tint F() const {{\n{body}\n\t}}\n}};".split("\n"))] == [72]
    assert list(cpp_functions("namespace a {\nint x = f(1);\n} // namespace a".split("\n"))) == []
