internal import Store

/// Why sales sends a lead back, by the class that says what is to be mended.
enum RejectionReason {
    /// The codes and their classes: how leads are passed on, what is written of them, or whom marketing looks for.
    private static let classes: [(code: String, class: String)] = [
        ("duplicate", "procedural"), ("already_in_contact", "procedural"), ("wrong_owner", "procedural"),
        ("existing_customer", "procedural"),
        ("wrong_contact_details", "clerical"), ("missing_information", "clerical"), ("wrong_person", "clerical"),
        ("outside_target", "definitional"), ("not_ready", "definitional"), ("wrong_region", "definitional"),
        ("student_or_competitor", "definitional"),
    ]

    static let codes = classes.map(\.code)

    /// The faults of a rejection's code and class, and the class that follows from the code.
    static func read(_ input: Input) -> (class: Value, faults: [Fault]) {
        guard let code = input["reason_code"].text else { return (input["reason_class"], []) }
        let own = classes.first { $0.code == code }?.class ?? ""
        let given = input["reason_class"].text
        guard given == nil || given == own else {
            return (.null, [Fault("/reason_class", "is \(own) where the reason_code is \(code)")])
        }
        return (.text(own), [])
    }
}
