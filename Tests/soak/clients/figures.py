"""A client that asks for every figure, cut as chance has it."""

import json

from clients.client import Kept
from wire import Wrong

# What a figure rests on may not be there: a margin, a period, a sample.
STATUSES = {200, 409}
PERIOD = ["from=2026-01-01", "to=2027-01-01"]


class Asker(Kept):
    """Asks for metrics and reports, their rows and differences, and holds rows against the count."""

    pause = 0.1

    def __init__(self, scene, number):
        super().__init__(scene, number)
        self.catalogue = None

    def round(self):
        """One metric, whole or by one or two dimensions, its rows and what moved it; then one report."""
        if self.catalogue is None: self.catalogue = self._get("/v1/metrics")
        metric = self.chance.choice(self.catalogue["data"])
        period = PERIOD if metric["basis"] else []
        path = f"/v1/metrics/{metric['metric']}"
        self._get(f"{path}?{'&'.join(period + self._cut(metric['dimensions']))}")
        rows = self._get(f"{path}/rows?{'&'.join(period + ['limit=500'])}")
        if rows and rows["count"] < len(rows["data"]): raise Wrong(f"{path}/rows has more rows than it counts: {rows}")
        self._get(f"{path}/diff?{'&'.join(period + ['between=2026-03-01,2026-06-01'])}")
        report = self.chance.choice(self.catalogue["reports"])
        # A path is told in one dimension.
        most = 1 if report["report"] == "journey-paths" else 2
        # And a forecast is of a period.
        period = PERIOD if report["report"] == "forecast" else []
        self._get(f"/v1/reports/{report['report']}?{'&'.join(period + self._cut(report['dimensions'], most))}")

    def _cut(self, dimensions, most=2):
        times = {"day", "week", "month", "quarter", "year"}
        chosen = self.chance.sample(dimensions, min(len(dimensions), most, self.chance.choice([0, 1, 2])))
        if len(times & set(chosen)) > 1: chosen = chosen[:1]
        return [f"group_by={','.join(chosen)}"] if chosen else []

    def _get(self, path):
        answer = self.ask("GET", path, statuses=STATUSES)
        return json.loads(answer.body) if answer.status == 200 else None
