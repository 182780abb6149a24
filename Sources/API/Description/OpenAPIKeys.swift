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

    static let keys = JSON.object(
        operation(
            "list_keys", "Lists keys, without what their holders show.", tag: "server",
            [
                (
                    "200",
                    answer(
                        "All keys.",
                        listContent(
                            listOf(objectSchema(Key.inputs, isInput: false)),
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
                            objectSchema(Key.inputs, isInput: false),
                            example: .object(keyExample + [.init("key", "tk_0123456789")])))
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
            "delete_key", "Takes a key away.", tag: "server", [("204", ["description": "It is gone."])],
            problems: ["401", "403", "404", "503"]))
}
