# SPDX-License-Identifier: BSD-2-Clause
"""A figure: what several runs gave, and whether its goal is reached. Standard library only."""
import statistics

AT_LEAST, AT_MOST = "at least", "at most"


class Figure:
    """`beside` holds second views of the same runs: name -> values. Their medians are written."""

    def __init__(self, name, what, unit, goal=None, kind=AT_LEAST):
        self.name = name
        self.what = what
        self.unit = unit
        self.goal = goal
        self.kind = kind
        self.values = []
        self.beside = {}

    def add(self, value, **beside):
        self.values.append(value)
        for name, other in beside.items():
            self.beside.setdefault(name, []).append(other)

    def median(self):
        return statistics.median(self.values)

    def reached(self):
        """None if there is no goal."""
        if self.goal is None:
            return None
        if self.kind == AT_LEAST:
            return self.median() >= self.goal
        return self.median() <= self.goal

    def row(self):
        """As in results.json."""
        return {"name": self.name, "what": self.what, "unit": self.unit, "goal": self.goal,
                "goal_is": None if self.goal is None else self.kind, "reached": self.reached(),
                "runs": len(self.values), "min": tidy(min(self.values)),
                "median": tidy(self.median()), "max": tidy(max(self.values)),
                "values": [tidy(value) for value in self.values],
                "beside": {name: tidy(statistics.median(values))
                           for name, values in self.beside.items()}}


def tidy(value):
    """As many digits as mean something."""
    return round(value) if abs(value) >= 1000 else float(f"{value:.4g}")


def text_of(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def table(rows):
    """The rows of results.json, for a person."""
    heads = ("figure", "min", "median", "max", "unit", "goal", "reached")
    lines = [heads]
    for row in rows:
        goal = f"{'>=' if row['goal_is'] == AT_LEAST else '<='} {text_of(row['goal'])}"
        lines.append((row["name"], text_of(row["min"]), text_of(row["median"]),
                      text_of(row["max"]), row["unit"], goal if row["goal"] is not None else "",
                      {True: "yes", False: "NO", None: ""}[row["reached"]]))
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    adjust = (str.ljust, str.rjust, str.rjust, str.rjust, str.ljust, str.ljust, str.ljust)
    return "\n".join("  ".join(adjust[i](line[i], widths[i]) for i in range(len(heads))).rstrip()
                     for line in lines)
