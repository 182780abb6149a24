"""Reads everything, by every dimension and with every parameter."""

import datetime
from urllib.parse import quote

TODAY = datetime.datetime.now(datetime.timezone.utc).date()


def before(days): return TODAY - datetime.timedelta(days=days)


# The two years before today are the demonstration's; the story beside it is of 2026.
PERIOD = f"from=2025-01-01&to={before(-1)}"
QUARTER = f"from={before(330)}&to={before(240)}"
RUNNING = f"from={before(60)}&to={before(-31)}"
FAR = f"from={before(-1200)}&to={before(-1230)}"
PAST = before(180)
TABLE = {"Accept": "text/csv"}


def everything(ask):
    for address in ("/health", "/openapi.json", "/internal/metrics", "/v1/changes?limit=500", "/v1/keys"): ask.get(address)
    resources = sorted(path[4:] for path in ask.description.document["paths"]
                       if path.startswith("/v1/") and path.count("/") == 2 and path + "/{id}/history" in ask.description.document["paths"])
    for resource in resources: records(ask, resource)
    ask.get("/v1/metrics/none", 404)
    catalogue = ask.get("/v1/metrics")
    for metric in catalogue["data"]: figure(ask, metric)
    for report in catalogue["reports"]: tell(ask, report)
    for dimension in ("kind", "reason", "product", "campaign", "stage", "segment", "month"):
        ask("GET", f"/v1/reports/insights?group_by={dimension}")
    for address in ("/v1/changes", "/v1/metrics", "/v1/keys", "/v1/reports/insights", "/v1/metrics/revenue?group_by=month"):
        ask("GET", address, fields=TABLE)


# MARK: Records

OF_RECORDS = {
    "accounts": ["duplicates"], "campaigns": ["spend"], "deals": ["recommended-content"], "goals": ["progress"],
    "handoffs": ["packet"], "insights": ["effect"], "leads": ["journey", "export", "duplicates", "recommended-content", "score"],
    "segments": ["members?count=true"], "users": ["agenda"],
}


def records(ask, resource):
    list_ = ask.description.document["paths"][f"/v1/{resource}"]["get"]
    ask("GET", f"/v1/{resource}?limit=2&count=true", fields=TABLE)
    for parameter in list_["parameters"]:
        told = ask.description.document["components"]["parameters"][parameter["$ref"].split("/")[-1]] if "$ref" in parameter else parameter
        if told["in"] != "query" or told["name"] in ("after", "q"): continue
        value = told["example"]
        text = ",".join(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)
        ask.get(f"/v1/{resource}?{told['name']}={quote(text)}")
    page = ask.get(f"/v1/{resource}?limit=60&count=true")
    for record in page["data"][:5]:
        ask.get(f"/v1/{resource}/{record['id']}")
        ask("GET", f"/v1/{resource}/{record['id']}", fields={"If-None-Match": f'"{record["version"]}"'})
    for record in page["data"]:
        ask.get(f"/v1/{resource}/{record['id']}/history")
        for path in OF_RECORDS.get(resource, []): ask("GET", f"/v1/{resource}/{record['id']}/{path}")
    ask("GET", f"/v1/{resource}/none")


# MARK: Figures

def figure(ask, metric):
    name = metric["metric"]
    for question in ("", PERIOD, f"as_of={PAST}", f"{QUARTER}&compare=previous", f"{QUARTER}&compare=year",
                     f"from={before(10)}&to={before(-10)}&compare=previous", FAR):
        ask("GET", f"/v1/metrics/{name}?{question}")
        for path in ("rows", "disagreement"): ask("GET", f"/v1/metrics/{name}/{path}?{question}")
    for clock in ("business", "ledger"):
        ask("GET", f"/v1/metrics/{name}/diff?between={before(270)},{before(150)}&clock={clock}&{PERIOD}")
    for dimension in metric["dimensions"]:
        groups = ask.get(f"/v1/metrics/{name}?{PERIOD if metric['basis'] else ''}&group_by={dimension}").get("groups", [])
        for group in groups[:2]: ask.get(group["rows"])
        for group in groups[:2]:
            ask("GET", f"/v1/metrics/{name}/diff?between={before(270)},{TODAY}&{dimension}={quote(str(group['key'][dimension]))}")
        ask("GET", f"/v1/metrics/{name}?{QUARTER}&group_by={dimension}&compare=year")
        ask("GET", f"/v1/metrics/{name}?{QUARTER}&group_by={dimension},month")
    parameters = ask.description.document["components"]["parameters"]
    for parameter in metric["parameters"]:
        for value in parameters[parameter]["schema"].get("enum", [parameters[parameter]["example"]]):
            ask("GET", f"/v1/metrics/{name}?{PERIOD}&{parameter}={value}")
            ask("GET", f"/v1/metrics/{name}/rows?{PERIOD}&{parameter}={value}")


def tell(ask, report):
    for question in ("", PERIOD, f"as_of={PAST}", FAR, RUNNING, f"{PERIOD}&basis=event"):
        ask("GET", f"/v1/reports/{report['report']}?{question}")
    for dimension in report["dimensions"]:
        ask("GET", f"/v1/reports/{report['report']}?{PERIOD}&group_by={dimension}")
        ask("GET", f"/v1/reports/{report['report']}?{FAR}&group_by={dimension}")
        ask("GET", f"/v1/reports/{report['report']}?{PERIOD}&group_by=month,{dimension}")
    if "model" in report["parameters"]:
        for model in ask.description.document["components"]["parameters"]["model"]["schema"]["enum"]:
            for dimension in ("channel", "campaign"):
                ask("GET", f"/v1/reports/{report['report']}?{PERIOD}&model={model}&group_by={dimension}")
