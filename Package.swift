// swift-tools-version: 6.2
import PackageDescription

// One list for all: a warning is an error, and each unsafe expression says so.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// A layer: what it does not name here it cannot import.
func layer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(of name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: dependencies, swiftSettings: settings)
}

let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")

let package = Package(
    name: "tandem",
    products: [
        .executable(name: "tandem", targets: ["tandem"]),
        .library(name: "HTTPServer", targets: ["HTTPServer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: [
        .target(name: "CLinux"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl"),
        .target(name: "CTLS", dependencies: ["COpenSSL"]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl"),
        .systemLibrary(name: "CMimalloc"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
        layer("Locks", []),
        layer("JSON", []),
        layer("HTTPServer", ["CLinux", "COpenSSL", "CTLS", "CZlib", "JSON", "Locks", httpTypes]),
        layer("Ledger", ["CLinux", "JSON", "Locks"]),
        layer("Store", ["CLinux", "JSON", "Ledger", "Locks"]),
        layer("Domain", ["JSON", "Store"]),
        layer("Metrics", ["CLinux", "Domain", "JSON", "Ledger", "Locks", "Store"]),
        layer("API", ["COpenSSL", "Domain", "HTTPServer", "JSON", "Ledger", "Locks", "Metrics", "Store", httpTypes]),
        .executableTarget(
            name: "tandem",
            dependencies: [
                "API", "CCurl", "CMimalloc", "Domain", "HTTPServer", "JSON", "Ledger", "Locks", "Metrics", "Store",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
            ],
            resources: [.embedInCode("Resources/demo.json")],
            swiftSettings: settings),

        tests(of: "JSON", ["JSON"]),
        tests(of: "Locks", ["Locks"]),
        tests(of: "Ledger", ["JSON", "Ledger", "Locks", "TestSupport"]),
        tests(of: "Store", ["JSON", "Ledger", "Locks", "Store", "TestSupport"]),
        .target(
            name: "TestSupport", dependencies: ["JSON", "Ledger", "Locks"], path: "Tests/Support",
            swiftSettings: settings),
        .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
        tests(
            of: "HTTPServer",
            ["AllocationCounter", "CLinux", "HTTPServer", "JSON", "Locks", "TestSupport", httpTypes]),
        tests(of: "Domain", ["Domain", "JSON", "Ledger", "Locks", "Store", "TestSupport"]),
        tests(of: "Metrics", ["Domain", "JSON", "Ledger", "Locks", "Metrics", "Store", "TestSupport"]),
        tests(
            of: "API",
            [
                "API", "Domain", "HTTPServer", "JSON", "Ledger", "Locks", "Store", "TestSupport", httpTypes,
                .product(name: "Yams", package: "Yams"),
            ]),
        tests(of: "Tandem", ["JSON", "tandem"]),
    ]
)
