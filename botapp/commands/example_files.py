"""Reads files of labelled texts: CSV, JSON lines, or one JSON object with the parts of CLINC150."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from botapp.understanding.intent.examples import Example

_TEXT_NAMES = ("text", "sentence", "utterance", "query", "question")
_LABEL_NAMES = ("label", "category", "intent")
# The parts of a CLINC150 file that are for learning, and those that are for judging: the first pair that is there.
_PARTS_TO_LEARN = (("train", "oos_train"),)
_PARTS_TO_JUDGE = (("test", "oos_test"), ("val", "oos_val"), ("train", "oos_train"))


class MisuseError(click.ClickException):
    """A file that cannot be used as it is: exit code 2."""

    exit_code = 2


def read_examples(file: Path, *, judging: bool = False) -> list[Example]:
    """The texts and labels of a file. Raises MisuseError naming the line."""
    text = read_text(file)
    beginning = text.lstrip()[:1]
    if beginning == "{" and _is_one_object(text):
        found = list(_from_parts(json.loads(text), judging=judging))
    elif beginning == "{":
        found = [_example(fields, number, file) for number, fields in read_json_lines(text, file)]
    else:
        found = list(_from_table(text, file))
    if not found:
        raise MisuseError(f"{file}: holds no examples")
    return found


def read_text(file: Path) -> str:
    """The whole file. Raises MisuseError where it is not UTF-8."""
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MisuseError(f"{file}: is not UTF-8 at byte {error.start}") from None


def read_json_lines(text: str, file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Number and object of each line that is not empty. Raises MisuseError naming the line."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):
            fields = None
        if not isinstance(fields, dict):
            raise MisuseError(f"{file}, line {number}: is no JSON object")
        yield number, fields


def _is_one_object(text: str) -> bool:
    first, _, rest = text.strip().partition("\n")
    if not rest:
        return '"text"' not in first[:2000] and "[[" in first[:2000]
    try:
        json.loads(first)
    except ValueError:
        return True
    return False


def _from_parts(parts: Any, *, judging: bool) -> Iterable[Example]:  # noqa: ANN401  whatever stands in the file
    for names in _PARTS_TO_JUDGE if judging else _PARTS_TO_LEARN:
        rows = [row for name in names for row in parts.get(name, ())]
        if rows:
            break
    else:
        raise MisuseError("the JSON object has none of the parts " + ", ".join(_PARTS_TO_JUDGE[0] + _PARTS_TO_LEARN[0]))
    for number, row in enumerate(rows, 1):
        match row:
            case [str(text), str(label)]:
                yield Example(text, label)
            case _:
                raise MisuseError(f"{names[0]}, row {number}: is no pair of a text and a label")


def _example(fields: Mapping[str, Any], number: int, file: Path) -> Example:
    text = next((fields[name] for name in _TEXT_NAMES if name in fields), None)
    label = next((fields[name] for name in _LABEL_NAMES if name in fields), None)
    if not isinstance(text, str) or not isinstance(label, str) or not label:
        raise MisuseError(f"{file}, line {number}: needs a text and a label, both in quotes")
    return Example(text, label)


def _from_table(text: str, file: Path) -> Iterator[Example]:
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter="\t" if "\t" in first else ",", strict=True)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        text_column, label_column = _column(names, _TEXT_NAMES, file), _column(names, _LABEL_NAMES, file)
        for row in reader:
            if not any(row):
                continue
            if len(row) <= max(text_column, label_column) or not row[label_column].strip():
                raise MisuseError(f"{file}, line {reader.line_num}: needs a text and a label")
            yield Example(row[text_column], row[label_column].strip())
    except csv.Error as error:
        raise MisuseError(f"{file}, line {reader.line_num}: {error}") from None


def _column(names: list[str], wanted: tuple[str, ...], file: Path) -> int:
    for name in wanted:
        if name in names:
            return names.index(name)
    raise MisuseError(f"{file}, line 1: the header names no {wanted[0]}; call the column one of {', '.join(wanted)}")
