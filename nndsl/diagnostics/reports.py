"""Diagnostics as JSON, as SARIF 2.1.0, and as the annotations of GitHub's workflows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from nndsl.diagnostics.codes import CodePage
from nndsl.diagnostics.differing import Differing
from nndsl.diagnostics.model import Diagnostic, Label
from nndsl.source import Source, Span

Json: TypeAlias = "str | int | list[Json] | dict[str, Json]"
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_json(items: Sequence[Diagnostic], sources: Mapping[str, Source]) -> str:
    """A list of objects: code, severity, message, fix, where, labels. Lines, columns from 1."""
    return json.dumps(_plain(items, sources), indent=2) + "\n"


def with_differences(
    items: Sequence[Diagnostic], sources: Mapping[str, Source], differing: Sequence[Differing]
) -> str:
    """An object: that list as `diagnostics`, and `differences`, what targets do otherwise."""
    rows: list[Json] = [
        {
            "target": each.target,
            "model": each.model,
            "path": each.path,
            "others": each.others,
            "what": each.what,
            "amount": each.amount,
            "when": each.when,
            "where": _where(each.span, sources),
        }
        for each in differing
    ]
    data: Json = {"diagnostics": _plain(items, sources), "differences": rows}
    return json.dumps(data, indent=2) + "\n"


def _plain(items: Sequence[Diagnostic], sources: Mapping[str, Source]) -> list[Json]:
    return [
        {
            "code": item.code,
            "severity": item.severity,
            "message": item.message,
            "fix": item.fix,
            "where": _where(item.span, sources),
            "labels": [_label(label, sources) for label in item.labels],
        }
        for item in items
    ]


def as_github(items: Sequence[Diagnostic], sources: Mapping[str, Source]) -> str:
    """A workflow command for each diagnostic: GitHub shows them beside the changed lines."""
    return "".join(_command(item, sources) for item in items)


def as_sarif(
    items: Sequence[Diagnostic],
    sources: Mapping[str, Source],
    pages: Mapping[str, CodePage],
    version: str,
) -> str:
    """One run of SARIF 2.1.0; rules are the codes that occur."""
    codes = sorted({item.code for item in items})
    rules: list[Json] = [_rule(code, pages.get(code)) for code in codes]
    driver: Json = {"name": "nndsl", "version": version, "rules": rules}
    results: list[Json] = [_result(item, sources, codes) for item in items]
    run: Json = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _where(span: Span, sources: Mapping[str, Source]) -> dict[str, Json]:
    region = _region(span, sources)
    return {"file": span.file, **region}


def _region(span: Span, sources: Mapping[str, Source]) -> dict[str, Json]:
    source = sources.get(span.file)
    if source is None:
        return {}
    start, end = source.place(span.start), source.place(max(span.end, span.start))
    return {
        "line": start.line, "column": start.column,
        "end_line": end.line, "end_column": end.column,
    }  # fmt: skip


def _label(label: Label, sources: Mapping[str, Source]) -> dict[str, Json]:
    return {"text": label.text, "where": _where(label.span, sources)}


def _command(item: Diagnostic, sources: Mapping[str, Source]) -> str:
    region = _region(item.span, sources)
    names = {"line": "line", "column": "col", "end_line": "endLine", "end_column": "endColumn"}
    fields = [f"file={_property(item.span.file)}"] if item.span.file else []
    fields += [f"{names[key]}={value}" for key, value in region.items()]
    fields.append(f"title={item.code}")
    text = item.message + (f"\nhelp: {item.fix}" if item.fix else "")
    return f"::{item.severity} {','.join(fields)}::{_escaped(text)}\n"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _rule(code: str, page: CodePage | None) -> dict[str, Json]:
    if page is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.text},
    }


def _result(
    item: Diagnostic, sources: Mapping[str, Source], codes: Sequence[str]
) -> dict[str, Json]:
    text = item.message + (f"\n{item.fix}" if item.fix else "")
    result: dict[str, Json] = {
        "ruleId": item.code,
        "ruleIndex": codes.index(item.code),
        "level": item.severity,
        "message": {"text": text},
    }
    if item.span.file:
        result["locations"] = [_location(item.span, sources)]
    if item.labels:
        result["relatedLocations"] = [
            {**_location(label.span, sources), "message": {"text": label.text}}
            for label in item.labels
        ]
    return result


def _location(span: Span, sources: Mapping[str, Source]) -> dict[str, Json]:
    region = _region(span, sources)
    names = {
        "line": "startLine", "column": "startColumn",
        "end_line": "endLine", "end_column": "endColumn",
    }  # fmt: skip
    place: dict[str, Json] = {"artifactLocation": {"uri": span.file.replace("\\", "/")}}
    if region:
        place["region"] = {names[key]: value for key, value in region.items()}
    return {"physicalLocation": place}
