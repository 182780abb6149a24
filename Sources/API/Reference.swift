internal import Domain
internal import Store

/// The reference of all resources as Markdown, read from the declarations.
public enum Reference {
    /// The whole text.
    public static var markdown: String {
        """
        # Reference

        Every resource, read from its declaration by `scripts/openapi`; `openapi.yaml` has every route with examples.

        Each record has `id`, `created_at`, `updated_at` and `version` as well. A field in *italics* follows from what is
        done and cannot be given; `*` is required; a member that is not there is empty, or its default. Who may write means
        to make, change and delete; `own` are the records that one owns, or that are about what one owns.


        """ + Resources.all.map(section).joined(separator: "\n")
    }

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
