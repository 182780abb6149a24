/// One field of a resource, and all that is said of it.
public struct Field: Sendable {
    /// Who may give a value.
    public enum Writing: Sendable, Equatable {
        /// Create and patch.
        case always
        /// Create alone; after it, the action named says how.
        case onCreate(then: String)
        /// Nobody: it follows from what is done.
        case never
    }

    /// The member's name in JSON.
    public let name: String
    /// What values it takes.
    public let type: FieldType
    /// One sentence for whoever reads the API.
    public let summary: String
    /// Whether a record must have a value.
    public private(set) var isRequired = false
    /// The value where none is given.
    public private(set) var defaultValue = Value.null
    /// Who may give a value.
    public private(set) var writing = Writing.always
    /// Whether no two records may have the same value.
    public private(set) var isUnique = false
    /// Whether it is a personal datum.
    public private(set) var isPersonal = false
    private var isIndexed = false

    /// Declares a field that may be left out.
    public init(_ name: String, _ type: FieldType, _ summary: String) {
        self.name = name
        self.type = type
        self.summary = summary
    }

    /// A value must be given.
    public func required() -> Field { changed { $0.isRequired = true } }

    /// What it is where no value is given.
    public func with(default value: Value) -> Field { changed { $0.defaultValue = value } }

    /// It follows from what is done and cannot be given.
    public func readOnly() -> Field { changed { $0.writing = .never } }

    /// It can be given when the record is made; later the action says how it changes.
    public func onCreate(then action: String) -> Field { changed { $0.writing = .onCreate(then: action) } }

    /// No two records have the same.
    public func unique() -> Field { changed { $0.isUnique = true } }

    /// It is a personal datum.
    public func personal() -> Field { changed { $0.isPersonal = true } }

    /// It is looked up often.
    public func indexed() -> Field { changed { $0.isIndexed = true } }

    /// What `null` means here: nothing, or an empty list or map.
    public var nullValue: Value {
        switch type {
        case .scalars, .texts, .references, .objects: defaultValue
        default: .null
        }
    }

    var hasIndex: Bool {
        switch type {
        case .reference, .references: true
        default: isUnique || isIndexed
        }
    }

    /// Whether letters of either case are the same.
    public var isFolded: Bool {
        if case .email = type { return true }
        return false
    }

    /// Whether a record always has a value here.
    var isNeverNull: Bool { isRequired || writing == .never && type.isOrdered }

    private func changed(_ change: (inout Field) -> Void) -> Field {
        var field = self
        change(&field)
        return field
    }
}

/// What values a field takes.
public enum FieldType: Sendable {
    /// A text of at most so many characters.
    case text(max: Int)
    /// An e-mail address; letters of either case are the same.
    case email
    /// An address on the web.
    case url
    /// A flag.
    case bool
    /// A whole number within bounds.
    case integer(ClosedRange<Int64>)
    /// A number within bounds.
    case number(ClosedRange<Double>)
    /// RFC 3339.
    case instant
    /// `YYYY-MM-DD`.
    case day
    /// `{"amount": 125000, "currency": "EUR"}`.
    case money
    /// One of the words.
    case choice([String])
    /// The id of a record of another resource.
    case reference(Reference)
    /// The ids of several records of another resource.
    case references(Reference, max: Int)
    /// Several texts.
    case texts(max: Int)
    /// An object with fields of its own.
    case object([Field])
    /// Several objects, which follow from what is done.
    case objects([Field])
    /// A flat map of texts, numbers and booleans.
    case scalars

    /// Whether a filter can compare it.
    public var isFilterable: Bool {
        switch self {
        case .object, .objects, .scalars: false
        default: true
        }
    }

    /// Whether it can be sorted by.
    public var isOrdered: Bool {
        switch self {
        case .object, .objects, .scalars, .references, .texts: false
        default: true
        }
    }
}

/// A resource that is referred to.
public struct Reference: Sendable {
    /// The resource's name.
    public let resource: String
    /// What its ids begin with.
    public let prefix: String

    /// A reference to a resource.
    public init(_ resource: String, prefix: String) {
        self.resource = resource
        self.prefix = prefix
    }
}
