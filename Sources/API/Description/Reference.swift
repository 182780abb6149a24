internal import Domain
internal import Metrics
internal import Store

/// The reference of all resources as Markdown, read from the declarations.
public enum Reference {
    /// The whole text.
    public static var markdown: String {
        """
        # Reference

        Every resource, metric and report, read from its declaration by `scripts/openapi`; `openapi.yaml` has every route with examples.

        Each record has `id`, `created_at`, `updated_at` and `version` as well. A field in *italics* follows from what is
        done and cannot be given; `*` is required; a member that is not there is empty, or its default. Who may write means
        to make, change and delete; `own` are the records that one owns, or that are about what one owns.

        A service's key has scopes: a resource of these and `read`, `write` or the name of one of its actions, as `leads:read`,
        `touches:write` and `leads:handoff`; `*` stands for every one of either, as in `leads:*` and `*:read`. Figures and reports
        need `metrics:read`, forms `leads:write`; a list, the feed and the stream tell what the scopes read. None holds keys, nor
        what `/internal` has but for an administrator; `leads:erase` erases a person.

        `GET /v1/{resource}` lists records: `limit` (1 to 500), `after` out of `next`, `sort=-created_at,name`, `fields=id,name`,
        `count=true`, `q=` for words that begin a word of a searched field. A field narrows it: `stage=mql` is equal,
        `stage.in=mql,sql` one of several, `.ne`, `.gt`, `.gte`, `.lt`, `.lte` compare, `null` is nothing; `custom.NAME` and
        `external_ids.NAME` are fields too, and a member of an object is `source.channel`. Several narrow together.
        `external_ids` need not be unique: where several records have one, `PUT ?by=` it is refused.


        """ + Resources.all.map(section).joined(separator: "\n") + figures
    }

    // MARK: Figures

    /// The catalogue of metrics and reports.
    private static var figures: String {
        """

        ## Metrics

        `GET /v1/metrics/{name}`. Each takes `tz`, `as_of` (what had happened by then), `known_at` (what was recorded by then),
        `currency`, `group_by` of one or two dimensions, a dimension to narrow by it, any filter of the resources behind it that
        none of its parts lacks, and the parameters named; all but states take `from`, `to`, `basis`, `compare=previous` and
        `compare=year`. `…/rows` are the rows behind the figure, `…/diff?between=T1,T2` those that moved it, with
        `clock=ledger` by what was recorded. With `Accept: text/csv` an answer is a table.

        | metric | unit | what it is | basis, parameters | filters |
        |---|---|---|---|---|

        """ + Catalogue.all.map(row).joined() + """

            Dimensions, as far as they make sense of a metric: \(Dimension.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")).
            `GET /v1/metrics` says which. \(Disagreement.metrics.map { "`\($0)`" }.joined(separator: ", ")) have several
            definitions: `…/disagreement` tells the rows on which they differ.

            ## Reports

            | report | what it is | parameters |
            |---|---|---|

            """ + Report.all.map(row).joined()
    }

    private static func row(_ metric: Metric) -> String {
        let basis = metric.isState ? "a state" : metric.bases.map(\.rawValue).joined(separator: " or ")
        let more = metric.parameters.map { "`\($0)`" }
        return "| `\(metric.name)` | \(metric.unit) | \(metric.definition) | "
            + "\(([basis] + more).joined(separator: ", ")) | \(metric.resources.map(\.name).joined(separator: ", ")) |\n"
    }

    private static func row(_ report: Report) -> String {
        let names = report.terms.parameters.map { "`\($0)`" }.joined(separator: ", ")
        return "| `GET /v1/reports/\(report.name)` | \(report.definition) | \(names) |\n"
    }

    // MARK: Resources

    private static func section(_ resource: any Resource.Type) -> String {
        let schema = resource.schema
        var text = "## `\(schema.name)`\n\n\(schema.summary)\n\n"
        text +=
            resource.isMadeByActions
            ? "Made by actions alone." : "Written by \(resource.writers.sentence)."
        text += schema.isShared ? " Seen by everybody.\n\n" : " Seen by who sees its owners.\n\n"
        text += "| field | type | what it is | |\n|---|---|---|---|\n"
        for field in schema.fields where !["created_at", "updated_at", "version"].contains(field.name) {
            text += row(field, named: field.name)
            for part in field.type.parts { text += row(part, named: "\(field.name).\(part.name)") }
        }
        return text + states(of: schema) + actions(of: schema)
    }

    private static func row(_ field: Field, named name: String) -> String {
        let shown = field.writing == .never ? "*`\(name)`*" : "`\(name)`\(field.isRequired ? " \\*" : "")"
        let traits = [
            (field.isUnique, "unique"), (field.isPersonal, "personal"), (field.isSearched, "searched"),
            (field.isOwner, "owner"), (field.isSubject, "about"), (field.isIndexed, "indexed"),
        ].filter(\.0).map(\.1)
        let type = field.type.expectation.replacing("\"", with: "").replacing("|", with: "\\|")
        return "| \(shown) | \(type) | \(field.summary) | \(traits.joined(separator: ", ")) |\n"
    }

    private static func states(of schema: Schema) -> String {
        guard let table = Lifecycles.all.first(where: { $0.resource == schema.name })?.table else { return "" }
        var text = "\n| event | \(table.states.joined(separator: " | ")) |\n"
        text += "|---|\(table.states.map { _ in "---|" }.joined())\n"
        for event in table.events {
            let cells = table.states.map { table.next(event, in: $0) ?? "–" }
            text += "| \(event) | \(cells.joined(separator: " | ")) |\n"
        }
        return text
    }

    private static func actions(of schema: Schema) -> String {
        let actions = Action.all.filter { $0.resource == schema.name }
        guard !actions.isEmpty else { return "" }
        return "\n"
            + actions.map { action in
                let fields = action.fields.map { "`\($0.name)`\($0.isRequired ? " \\*" : "")" }
                return
                    "- `POST /v1/\(schema.name)/{id}/\(action.name)`: \(action.summary) By \(action.grants.sentence). "
                    + "Takes \(fields.joined(separator: ", ")).\n"
            }.joined()
    }
}
