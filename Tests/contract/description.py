"""What openapi.json says of each answer, and whether an answer is as it says."""

import functools
import re

from openapi_schema_validator import OAS31Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

# What HTTP itself has in any answer.
FIELDS_OF_HTTP = {"date", "content-type", "content-length", "content-encoding", "content-disposition", "cache-control", "vary",
                  "x-content-type-options", "content-security-policy", "connection", "allow"}
# Statuses of the connection and not of the route, which are described once for all.
OF_CONNECTIONS = {408, 414, 429, 431, 505}
# The components that tell a value with what it rests on.
FIGURE = re.compile(r"^(metric_answer/groups\[\]|metric_answer|previous_figure|figure_as_of)/")
# Told by a server alone whose disk failed or whose history was let go, of a body that was cut, and by a model that fits
# few companies.
UNSEEN = {"problem/outcome", "problem/id", "problem/first", "problem/report", "metric_answer/model/ahead_months"}
UNSEEN_FIELDS = {"Retry-After"}


class Description:
    """The description of a server, and what of it was seen in answers."""

    def __init__(self, document):
        self.document = closed(document)
        self._registry = Registry().with_resource(
            "urn:api", Resource(contents=self.document, specification=DRAFT202012))
        self._paths = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$"), path) for path in document["paths"]]
        self.answered = set()
        self.members_seen = set()
        self.fields_seen = set()

    def operation(self, method, address):
        """The template of an address, one without names before one with, and what is said of a method there."""
        path = address.split("?")[0]
        found = sorted((template for pattern, template in self._paths if pattern.match(path)), key=lambda one: one.count("{"))
        return (found[0], self.document["paths"][found[0]].get(method.lower())) if found else (None, None)

    def faults(self, method, address, status, fields, body):
        """How an answer differs from what is said of it; `body` is parsed where it is JSON."""
        template, operation = self.operation(method, address)
        if operation is None: return [f"{method} {address} is not described"]
        responses = operation["responses"]
        name = str(status) if str(status) in responses else "default"
        if status >= 500 or name == "default" and status not in OF_CONNECTIONS:
            return [f"the status {status} is not described: {body}"]
        place, response = self._followed(["paths", template, method.lower(), "responses", name])
        self.answered.add((method, template, name))
        found = self._field_faults(response.get("headers", {}), fields)
        if status == 401 and "WWW-Authenticate" not in fields: found.append("WWW-Authenticate is missing")
        kind = fields.get("Content-Type", "").split(";")[0]
        contents = response.get("content", {})
        if body is None and not contents: return found
        if kind not in contents: return found + [f"the type {kind or 'of no body'} is not described; there are {list(contents)}"]
        if kind.endswith("json"):
            schema = contents[kind]["schema"]
            self._see(schema, body, None)
            # Of some fields alone those that are asked for.
            left_out = ("required",) if "fields=" in address else ()
            found += self._faults(place + ["content", kind, "schema"], shortened(body), left_out)
        return found

    def example_faults(self):
        """Examples that are not as the schema beside them says."""
        found = []
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                if method == "parameters": continue
                bodies = [["paths", path, method, "responses", name] for name in operation["responses"]]
                if "requestBody" in operation: bodies.append(["paths", path, method, "requestBody"])
                for start in bodies:
                    place, told = self._followed(start)
                    for kind, content in told.get("content", {}).items():
                        found += [f"the example of {'/'.join(start)}: {fault}" for fault in
                                  self._faults(place + ["content", kind, "schema"], content["example"])]
                for number, parameter in enumerate(operation.get("parameters", [])):
                    place, told = self._followed(["paths", path, method, "parameters", str(number)])
                    found += [f"the example of {path} {told['name']}: {fault}" for fault in
                              self._faults(place + ["schema"], told["example"])]
        return found

    def unseen(self):
        """Members that schemas of answers declare and no answer had; records have what their resource declares."""
        schemas = self.document["components"]["schemas"]
        names = {f"{name}{place}" for name, schema in schemas.items()
                 if not name.endswith(("_input", "_patch")) and f"{name}_page" not in schemas for place in members(schema)}
        # What a value rests on is the same wherever one is told.
        seen = {FIGURE.sub("figure/", place) for place in self.members_seen}
        return sorted(name for name in names - UNSEEN if FIGURE.sub("figure/", name) not in seen)

    def fields_unseen(self):
        """Header fields that are described and that no answer had."""
        return sorted(set(self.document["components"]["headers"]) - self.fields_seen - UNSEEN_FIELDS)

    # MARK: Parts

    def _field_faults(self, described, fields):
        found = []
        for field, value in fields.items():
            if field in described:
                self.fields_seen.add(field)
                schema = self._followed(["components", "headers", field])[1]["schema"]
                number = int(value) if schema["type"] == "integer" and value.isdigit() else value
                found += [f"the field {field}: {error.message}" for error in OAS31Validator(schema).iter_errors(number)]
            elif field.lower() not in FIELDS_OF_HTTP:
                found.append(f"the field {field} is not described")
        return found

    def _followed(self, place):
        """Where a place that may be a reference leads, and what is there."""
        told = functools.reduce(lambda value, name: value[int(name) if isinstance(value, list) else name], place, self.document)
        if "$ref" not in told: return place, told
        return self._followed(told["$ref"].removeprefix("#/").split("/"))

    @functools.cache
    def _validator(self, pointer):
        return OAS31Validator({"$ref": f"urn:api#/{pointer}"}, registry=self._registry)

    def _faults(self, place, value, left_out=()):
        escaped = "/".join(part.replace("~", "~0").replace("/", "~1") for part in place)
        return [f"{error.json_path}: {error.message[:300]}" for error in
                [error for error in self._validator(escaped).iter_errors(value) if error.validator not in left_out][:3]]

    def _see(self, schema, value, name):
        """Notes which members an answer has, by the component that declares them."""
        if not isinstance(schema, dict) or value is None: return
        if "$ref" in schema:
            component = schema["$ref"].split("/")[-1]
            return self._see(self.document["components"]["schemas"][component], value, component)
        for one in schema.get("oneOf", []) + schema.get("anyOf", []): self._see(one, value, name)
        if isinstance(value, list):
            for element in value: self._see(schema.get("items"), element, name and f"{name}[]")
        elif isinstance(value, dict):
            rest = schema.get("additionalProperties")
            for member, inner in value.items():
                declared = schema.get("properties", {})
                place = name and f"{name}/{member}"
                if member in declared:
                    if name: self.members_seen.add(place)
                    self._see(declared[member], inner, place)
                else:
                    self._see(rest, inner, None)


def shortened(value):
    """The same with the first and last elements of long lists, of which some have thousands alike."""
    if isinstance(value, dict): return {name: shortened(inner) for name, inner in value.items()}
    if isinstance(value, list): return [shortened(inner) for inner in (value if len(value) < 12 else value[:8] + value[-3:])]
    return value


def closed(schema):
    """The same where an object has no members but those declared, as a test may demand and a client may not."""
    if isinstance(schema, list): return [closed(element) for element in schema]
    if not isinstance(schema, dict): return schema
    inner = {name: closed(value) for name, value in schema.items()}
    if schema.get("type") in ("object", ["object", "null"]) and "properties" in schema:
        inner.setdefault("additionalProperties", False)
    return inner


def members(schema, place=""):
    """The places of all members that a schema declares itself."""
    for one in schema.get("oneOf", []) + schema.get("anyOf", []): yield from members(one, place)
    for name, inner in schema.get("properties", {}).items():
        yield f"{place}/{name}"
        yield from members(inner, f"{place}/{name}")
    if isinstance(schema.get("items"), dict): yield from members(schema["items"], f"{place}[]")
