internal import Domain
internal import JSON
internal import Store

/// The operations on keys.
extension OpenAPI {
    private static let keyExample: [JSON.Member] = [
        .init("id", .string(Examples.id("key"))), .init("name", "web forms"), .init("role", "service"),
        .init("user_id", .null), .init("scopes", ["leads:write", "touches:write"]),
        .init("created_at", "2026-01-31T09:00:00Z"),
    ]

    private static let key = Shape.object(
        ["id": Shape.id(Key.schema.prefix)], objectSchema(Key.inputs, isInput: false)["properties"] ?? [:],
        ["created_at": Shape.time])

    static let keys = JSON.object(
        operation(
            "list_keys", "Lists keys, without what their holders show.", tag: "server",
            [
                (
                    "200",
                    answer(
                        "All keys.",
                        listContent(
                            Shape.page(of: key),
                            example: ["data": [.object(keyExample)], "next": nil]))
                )
            ], problems: ["400", "401", "403"]))

    static let makeKey: JSON = {
        var post = operation(
            "create_key", "Makes a key for a user, a service or an administrator.", tag: "server",
            [
                (
                    "201",
                    answer(
                        "The key; it is told this once.",
                        content(
                            Shape.object(key["properties"] ?? [:], ["key": Shape.text]),
                            example: .object(keyExample + [.init("key", "tk_0123456789")])), .tandemSeq)
                )
            ], problems: ["400", "401", "403", "413", "415", "422", "503"])
        post.append(
            .init(
                "requestBody",
                jsonBody(
                    objectSchema(Key.inputs, isInput: true),
                    example: ["name": "web forms", "role": "service", "scopes": ["leads:write", "touches:write"]])))
        return .object(post)
    }()

    static let revokeKey = JSON.object(
        operation(
            "delete_key", "Takes a key away.", tag: "server", [("204", answer("It is gone.", .tandemSeq))],
            problems: ["401", "403", "404", "409", "503"]))
}
