"""Makes one of everything by the examples, and does with what is there all that can be done."""

import re

# New ones of what others refer to once it is there.
TO_DELETE = {
    "calendar": {"name": "Gone", "time_zone": "UTC", "hours": [{"weekday": "monday", "from": "09:00", "to": "17:00"}]},
    "campaign": {"name": "Gone", "channel": "email"},
    "content": {"title": "Gone", "kind": "article"},
    "pipeline": {"name": "Gone", "stages": [{"name": "first", "win_percent": 10}]},
    "product": {"name": "Gone"},
    "segment": {"name": "Gone", "filter": "stage=mql"},
    "user": {"name": "Gone", "email": "gone@example.com", "role": "creative"},
}

ID = re.compile(r"^([a-z_]+)_01jd0000000000000000000000$")


def everything(ask):
    maker = Maker(ask)
    maker.make_all()
    maker.change_all()
    maker.act()
    maker.run_the_server()
    return maker


class Maker:
    def __init__(self, ask):
        self.ask = ask
        self.paths = ask.description.document["paths"]
        self.made = {}

    # MARK: Records

    def make_all(self):
        """Posts each resource's example, after what it refers to."""
        left = [path for path, methods in self.paths.items() if path.count("/") == 2 and "post" in methods
                and f"{path}/{{id}}" in self.paths and "patch" in self.paths[f"{path}/{{id}}"]]
        while left:
            later = [path for path in left if not self._make(path, demands=True)]
            # What refers to its own kind goes without.
            if len(later) == len(left): later = [path for path in left if not self._make(path, demands=False)]
            if len(later) == len(left): break
            left = later

    def _make(self, path, demands):
        body = self._with_ids(self._example(path, "post"), path, demands)
        if body is None: return False
        status, answer = self.ask("POST", path, body, {"Idempotency-Key": f"make {path}"})
        if status == 201:
            self.made[answer["id"].rsplit("_", 1)[0]] = answer["id"]
            self.ask("POST", path, body, {"Idempotency-Key": f"make {path}"})
        return status in (200, 201) or demands is False

    def change_all(self):
        for path, methods in list(self.paths.items()):
            if "patch" not in methods: continue
            resource = path.removesuffix("/{id}")
            records = self.ask.get(f"{resource}?limit=1&sort=-created_at")["data"]
            for record in records:
                self.ask("PATCH", f"{resource}/{record['id']}", {}, {"If-Match": f'"{record["version"]}"'})
                self.ask("PATCH", f"{resource}/{record['id']}", {}, {"If-Match": '"99"'})
            self.ask("PATCH", f"{resource}/none", {})
            if records:
                self.ask("PATCH", f"{resource}/{records[0]['id']}", {"external_ids": {"crm": "17"}})
                self.ask("PUT", f"{resource}?by=external_ids.crm", {"external_ids": {"crm": "17"}})
                self.ask("PUT", f"{resource}?by=external_ids.crm", {"external_ids": {"crm": "17"}}, {"If-None-Match": "*"})
            self.ask("PUT", f"{resource}?by=external_ids.crm", {"name": "New", "external_ids": {"crm": "18"}})
            self.ask("PUT", f"{resource}?by=nothing", {"name": "New"})
            self.ask("POST", resource, {"no": "such member"})

    def delete_all(self):
        """Deletes what was made, the last first, and where others refer to that the first of all that goes."""
        for kind, record in reversed(self.made.items()):
            resource = next(path.removesuffix("/{id}") for path, methods in self.paths.items()
                            if methods.get("delete", {}).get("operationId") == f"delete_{kind}")
            if kind in TO_DELETE:
                record = self.ask.made(resource, TO_DELETE[kind])["id"]
            others = [one["id"] for one in self.ask.get(f"{resource}?limit=500&sort=-created_at")["data"]]
            for one in [record] + others:
                if self.ask("DELETE", f"{resource}/{one}")[0] == 204: break

    # MARK: Actions

    def act(self):
        """Does each action with the first record that it can be done with."""
        for path in [path for path, methods in self.paths.items() if "post" in methods and path.count("/") == 4]:
            if not path.endswith(("/erase", "/unmerge")): self._act(path)
        for path in ("/v1/merges/{id}/unmerge", "/v1/leads/{id}/erase"): self._act(path)

    def _act(self, path):
        resource = path.split("/{")[0]
        body = self._with_ids(self._example(path, "post"), path, False)
        newest = self.ask.get(f"{resource}?limit=200&sort=-created_at")["data"]
        for record in newest:
            if body and body.get("from") == record["id"]: continue
            if self.ask("POST", path.replace("{id}", record["id"]), body)[0] in (200, 201): return

    # MARK: The server

    def run_the_server(self):
        ask = self.ask
        lines = {"Content-Type": "application/x-ndjson"}
        ask("POST", "/v1/leads", '{"name":"Ada"}\n{"nme":"Bo"}\n', lines)
        ask("POST", "/v1/imports", self._example("/v1/imports", "post"))
        ask("POST", "/v1/imports", {"resource": "accounts", "rows": [{"nme": "A"}]})
        ask("POST", "/v1/forms", self._example("/v1/forms", "post"))
        ask("POST", "/v1/forms", {"email": "bo@example.com", "name": "Bo"})
        ask("POST", "/v1/batch", {"operations": [
            {"method": "POST", "path": "/v1/accounts", "body": {"name": "Batched"}},
            {"method": "PATCH", "path": "/v1/accounts/@0", "body": {"region": "North"}},
            {"method": "DELETE", "path": "/v1/accounts/@0"}]})
        ask("POST", "/v1/batch", {"operations": []})
        status, key = ask("POST", "/v1/keys", self._example("/v1/keys", "post"))
        ask("GET", "/v1/leads", key=key["key"])
        ask("DELETE", f"/v1/keys/{key['id']}")
        ask("GET", "/v1/leads", key="none")
        for address in ("/internal/snapshot", "/internal/erasures"): ask("POST", address)
        ask("GET", "/internal/backup")

    # MARK: Examples

    def _example(self, path, method):
        body = self.paths[path][method].get("requestBody")
        return body and body["content"]["application/json"]["example"]

    def _with_ids(self, value, path, demands):
        """The same with ids of what is there; what nothing is there for is left out, or `None` is given."""
        missing = []

        def told(value):
            if isinstance(value, dict):
                pairs = ((name, told(inner)) for name, inner in value.items())
                return {name: inner for name, inner in pairs if inner is not None}
            if isinstance(value, list): return [inner for inner in map(told, value) if inner is not None]
            if isinstance(value, str) and (found := ID.match(value)):
                if found[1] not in self.made: missing.append(found[1])
                return self.made.get(found[1])
            return value

        with_ids = told(value)
        return None if missing and demands else with_ids
