/// One field of a resource, and all that is said of it.
///
/// A class, since a record is walked field by field: a reference is passed on for one count, the parts for one each.
public final class Field: Sendable {
    /// Who may give a value.
    public enum Writing: Sendable, Equatable {
        /// Create and patch.
        case always
        /// Create alone; after it, the action named says how.
        case onCreate(then: String)
        /// Nobody: it follows from what is done.
        case never
    }

    private struct Traits {
        var isRequired = false
        var defaultValue = Value.null
        var writing = Writing.always
        var isUnique = false
        var isPersonal = false
        var isIndexed = false
        var isIndexedWhereThere = false
        var orders: [String] = []
        var isSearched = false
        var isOwner = false
        var isSubject = false
        var isOfPersons = false
        var isSparse = false
        var isKept = false
        var isKeptFromNull = false
    }

    /// The member's name in JSON.
    public let name: String
    /// What values it takes.
    public let type: FieldType
    /// One sentence for whoever reads the API.
    public let summary: String
    /// Where it stands in a record, as a JSON pointer: `/name`.
    public let pointer: String
    /// The name as a member of an object begins, `"name":`.
    let encodedName: [UInt8]
    /// The whole member where there is nothing, `"name":null`.
    let encodedNull: [UInt8]
    /// What the ids begin with that it refers to, at hand without a copy of the type.
    let referencePrefix: String
    private let traits: Traits

    /// Declares a field that may be left out.
    public convenience init(_ name: String, _ type: FieldType, _ summary: String) {
        self.init(name, type, summary, Traits())
    }

    private init(_ name: String, _ type: FieldType, _ summary: String, _ traits: Traits) {
        self.name = name
        self.type = type
        self.summary = summary
        self.traits = traits
        referencePrefix = type.referencePrefix ?? ""
        pointer = "/\(name)"
        encodedName = Array("\"\(name)\":".utf8)
        encodedNull = encodedName + Array("null".utf8)
    }

    /// Whether a record must have a value.
    public var isRequired: Bool { traits.isRequired }
    /// The value where none is given.
    public var defaultValue: Value { traits.defaultValue }
    /// Who may give a value.
    public var writing: Writing { traits.writing }
    /// Whether anybody may give a value.
    public var isWritable: Bool { if case .never = traits.writing { false } else { true } }
    /// Whether a patch may give it another value.
    public var isChangeable: Bool { traits.writing == .always }
    /// Whether no two records may have the same value.
    public var isUnique: Bool { traits.isUnique }
    /// Whether it is a personal datum.
    public var isPersonal: Bool { traits.isPersonal }
    /// Whether records are found by it without looking at all.
    public var isIndexed: Bool { hasIndex }

    /// Whether its words are found by `q`.
    public var isSearched: Bool { traits.isSearched }

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
    ///
    /// - Parameter orders: the fields by which lists of one value are often ordered: days, moments or whole numbers.
    public func indexed(orderedBy orders: String...) -> Field {
        changed {
            $0.isIndexed = true
            $0.orders = orders
        }
    }

    /// Records that have it are looked up often; those that have not are looked at one by one, and no list is in its order.
    public func indexedWhereThere() -> Field {
        changed {
            $0.isIndexed = true
            $0.isIndexedWhereThere = true
        }
    }

    /// Its words are found by `q`.
    public func searched() -> Field { changed { $0.isSearched = true } }

    /// Whether it names who owns the record.
    public var isOwner: Bool { traits.isOwner }

    /// Whether it names a record that this one is about, and whose owners own this one where it names none itself.
    public var isSubject: Bool { traits.isSubject }

    /// Whether it names persons, by their ids as texts, whose data the record holds beside its own.
    var isOfPersons: Bool { traits.isOfPersons }

    /// Whether it is left out of a record where it is nothing, or its default.
    public var isSparse: Bool { traits.isSparse }

    /// It is left out where it is nothing, or its default: most records have none, and each byte of them is kept in memory.
    public func sparse() -> Field { changed { $0.isSparse = true } }

    /// Whether the record says what it was on any day.
    public var isKept: Bool { traits.isKept }

    /// Whether it is kept too that there was none.
    var isKeptFromNull: Bool { traits.isKeptFromNull }

    /// What it was is kept with the record, in `field_history`.
    ///
    /// - Parameter fromNull: whether it is kept too that there was none.
    public func kept(fromNull: Bool = true) -> Field {
        changed {
            $0.isKept = true
            $0.isKeptFromNull = fromNull
        }
    }

    /// It names a user who owns the record.
    public func owner() -> Field { changed { $0.isOwner = true } }

    /// It names persons, by their ids as texts, who may be gone: the record holds data of theirs, which an erasure finds.
    public func ofPersons() -> Field { changed { $0.isOfPersons = true } }

    /// It names a record that this one is about: who owns that owns this one, where no owner is named here.
    public func subject() -> Field { changed { $0.isSubject = true } }

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
        default: traits.isUnique || traits.isIndexed
        }
    }

    /// The fields by which lists of one value are often ordered.
    var orders: [String] { traits.orders }

    /// Whether its index has every record, those without a value too, so that it gives an order.
    ///
    /// Of what most records have not it would be as long as the table, and give the order of a few.
    var hasWholeIndex: Bool { traits.isIndexed && !traits.isIndexedWhereThere && type.isOrdered && !isSparse }

    /// What is left of a personal datum when the person is erased.
    var erasedValue: Value { isRequired && type.isText ? .text("erased") : nullValue }

    /// Whether letters of either case are the same.
    public var isFolded: Bool {
        if case .email = type { return true }
        return false
    }

    private func changed(_ change: (inout Traits) -> Void) -> Field {
        var traits = traits
        change(&traits)
        return Field(name, type, summary, traits)
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
    /// Several texts, each one of the words where there are some.
    case texts(max: Int, of: [String]? = nil)
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

    /// Whether a value is several.
    var isList: Bool {
        switch self {
        case .references, .texts, .objects: true
        default: false
        }
    }

    /// Whether it takes any text.
    public var isText: Bool {
        if case .text = self { return true }
        return false
    }

    /// Whether a value is one text.
    var holdsText: Bool {
        switch self {
        case .text, .email, .url, .choice: true
        default: false
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
