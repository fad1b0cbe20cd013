"""docs/api.md: every line of its tables of routes is asked of a daemon."""

import pathlib
import re

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "api.md"
LINE = re.compile(r"^\| `(GET|HEAD|POST|PUT|DELETE) (/[^`]*)` \| (works|partly|501|404) \|", re.MULTILINE)
ABSENT = "0123456789ab"


def test_every_route_answers_as_the_page_says(engine):
    routes = LINE.findall(PAGE.read_text())
    assert len(routes) > 100
    wrong = []
    for method, path, state in routes:
        asked = re.sub(r"{\w+}", ABSENT, path)
        # Streams would not end by themselves.
        status, answer = engine.api(method, asked + ("?until=1" if path == "/events" else ""))
        message = answer.get("message", "") if isinstance(answer, dict) else ""
        if state == "501":
            right = status == 501 and (method == "HEAD" or message ==
                                       f"{method} {asked} is not implemented by this version of dabba")
        elif state == "404":
            right = status == 404 and message == "page not found"
        else:
            right = status != 501 and message != "page not found"
        if not right:
            wrong.append(f"{method} {path}: {state} on the page, {status} {message!r} in truth")
    assert not wrong, "\n".join(wrong)


def test_every_route_of_the_code_is_on_the_page():
    source = (pathlib.Path(__file__).parents[2] / "crates/docker-api/src/route.rs").read_text()
    arms = re.findall(r"^\s+\[(.*?)\] if (.*?) => ", source, re.MULTILINE)
    routes = LINE.findall(PAGE.read_text())
    assert len(arms) > 40
    for segments, guard in arms:
        words = [word.strip() for word in segments.split(",")]
        shape = "/" + "/".join(re.escape(word.strip('"')) if word.startswith('"') else r"\{\w+\}" for word in words)
        methods = re.findall(r"\b(get|head|post|delete)\b", guard)
        for method in methods:
            found = [path for other, path, _ in routes if other == method.upper() and re.fullmatch(shape, path)]
            assert found, f"{method.upper()} {segments} is not in docs/api.md"
