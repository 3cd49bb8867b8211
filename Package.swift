// swift-tools-version:6.2
import PackageDescription

// LATCHKEY_STRICT=1 (set by the Makefile) makes warnings errors in our own modules. It is off for those who
// depend on this package, so that a newer compiler's new warning never breaks their build.
let strict = Context.environment["LATCHKEY_STRICT"] == "1"

let swift: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ] + (strict ? [.treatAllWarnings(as: .error)] : [])

/// A product of another package that only the server needs; without its trait it is neither built nor resolved.
func server(_ name: String, _ package: String) -> Target.Dependency {
    .product(name: name, package: package, condition: .when(traits: ["Server"]))
}

/// The same for what stands before the routes of an API on Hummingbird. The server has these as well.
func hummingbird(_ name: String, _ package: String) -> Target.Dependency {
    .product(name: name, package: package, condition: .when(traits: ["Hummingbird"]))
}

let package = Package(
    name: "latchkey",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "LatchkeyVerifier", targets: ["LatchkeyVerifier"]),
        .library(name: "LatchkeyHummingbird", targets: ["LatchkeyHummingbird"]),
        .executable(name: "latchkey", targets: ["latchkey"]),
        .executable(name: "latchkey-examples", targets: ["ExampleAPIs"]),
    ],
    traits: [
        .trait(
            name: "Hummingbird", description: "LatchkeyHummingbird, for APIs on Hummingbird, and what it depends on."),
        .trait(
            name: "Server", description: "The identity provider itself. Off: the libraries alone.",
            enabledTraits: ["Hummingbird"]),
        .default(enabledTraits: ["Server"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache.git", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CQREncode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),

        .target(name: "JOSE", dependencies: ["COpenSSL"], swiftSettings: swift + [.strictMemorySafety()]),
        .target(name: "LatchkeyVerifier", dependencies: ["JOSE"], swiftSettings: swift),
        .target(
            name: "LatchkeyHummingbird",
            dependencies: [
                "LatchkeyVerifier", hummingbird("Hummingbird", "hummingbird"),
                hummingbird("HTTPTypes", "swift-http-types"), hummingbird("AsyncHTTPClient", "async-http-client"),
                hummingbird("NIOCore", "swift-nio"), hummingbird("NIOHTTP1", "swift-nio"),
                hummingbird("ServiceLifecycle", "swift-service-lifecycle"), hummingbird("Logging", "swift-log"),
            ],
            swiftSettings: swift),
        .target(name: "WebAuthn", dependencies: ["JOSE"], swiftSettings: swift),
        .target(
            name: "Database",
            dependencies: [
                "CPostgreSQL", server("GRDB", "GRDB.swift"), server("GRDBSQLite", "GRDB.swift"),
                server("Logging", "swift-log"),
            ],
            swiftSettings: swift),
        .target(name: "SMTP", dependencies: ["CCurl", "JOSE"], swiftSettings: swift),
        .target(
            name: "Prometheus", dependencies: [server("CoreMetrics", "swift-metrics")], swiftSettings: swift),
        .target(
            name: "Identity",
            dependencies: [
                "JOSE", "WebAuthn", "Database", server("Logging", "swift-log"), server("Metrics", "swift-metrics"),
            ],
            swiftSettings: swift),
        .target(
            name: "IdentityHTTP",
            dependencies: [
                "Identity", "JOSE", "WebAuthn", "LatchkeyVerifier",
                server("Hummingbird", "hummingbird"), server("HTTPTypes", "swift-http-types"),
                server("NIOCore", "swift-nio"), server("Mustache", "swift-mustache"), server("Logging", "swift-log"),
                server("Metrics", "swift-metrics"),
            ],
            resources: [.embedInCode("Pages")],
            swiftSettings: swift),
        .executableTarget(
            name: "latchkey",
            dependencies: [
                "CQREncode", "JOSE", "LatchkeyVerifier", "LatchkeyHummingbird", "Database", "Identity", "IdentityHTTP",
                "SMTP", "Prometheus",
                server("ArgumentParser", "swift-argument-parser"), server("Configuration", "swift-configuration"),
                server("AsyncHTTPClient", "async-http-client"), server("Hummingbird", "hummingbird"),
                server("HummingbirdCore", "hummingbird"), server("HummingbirdTLS", "hummingbird"),
                server("NIOSSL", "swift-nio-ssl"),
                server("NIOCore", "swift-nio"), server("NIOHTTP1", "swift-nio"), server("NIOPosix", "swift-nio"),
                server("Logging", "swift-log"), server("ServiceLifecycle", "swift-service-lifecycle"),
                server("UnixSignals", "swift-service-lifecycle"), server("Metrics", "swift-metrics"),
            ],
            swiftSettings: swift),

        // Four APIs to read and to try: what others build upon the two libraries, and nothing of the server.
        .executableTarget(
            name: "ExampleAPIs",
            dependencies: [
                "LatchkeyHummingbird", server("ArgumentParser", "swift-argument-parser"), server("GRDB", "GRDB.swift"),
                server("Hummingbird", "hummingbird"), server("HummingbirdCore", "hummingbird"),
                server("HTTPTypes", "swift-http-types"), server("AsyncHTTPClient", "async-http-client"),
                server("NIOCore", "swift-nio"), server("NIOHTTP1", "swift-nio"), server("NIOPosix", "swift-nio"),
                server("Logging", "swift-log"), server("ServiceLifecycle", "swift-service-lifecycle"),
                server("UnixSignals", "swift-service-lifecycle"),
            ],
            swiftSettings: swift),

        // The yardstick of `make bench`, and an API to be held against it. Programs, not products.
        .executableTarget(
            name: "BareRoute", dependencies: [server("Hummingbird", "hummingbird")], path: "Tests/Benchmarks/BareRoute",
            swiftSettings: swift),
        .executableTarget(
            name: "ScopedRoute", dependencies: ["LatchkeyHummingbird", hummingbird("Hummingbird", "hummingbird")],
            path: "Tests/Benchmarks/ScopedRoute", swiftSettings: swift),

        // What the tests of the second engine share: a cluster of the test run's own.
        .target(
            name: "TestDatabases", dependencies: ["Database"], path: "Tests/Support/TestDatabases", swiftSettings: swift
        ),

        // An authenticator in software, and the browser before it.
        .target(
            name: "TestAuthenticators", dependencies: ["JOSE"], path: "Tests/Support/TestAuthenticators",
            swiftSettings: swift),

        // A socket, to send what no honest client sends.
        .target(name: "TestConnections", path: "Tests/Support/TestConnections", swiftSettings: swift),

        .testTarget(name: "JOSETests", dependencies: ["JOSE"], swiftSettings: swift),
        .testTarget(name: "LatchkeyVerifierTests", dependencies: ["LatchkeyVerifier", "JOSE"], swiftSettings: swift),
        .testTarget(
            name: "LatchkeyHummingbirdTests",
            dependencies: [
                "LatchkeyHummingbird", "LatchkeyVerifier", "TestConnections", hummingbird("Hummingbird", "hummingbird"),
                hummingbird("HummingbirdCore", "hummingbird"), hummingbird("HummingbirdTesting", "hummingbird"),
                hummingbird("HTTPTypes", "swift-http-types"), hummingbird("NIOCore", "swift-nio"),
                hummingbird("NIOEmbedded", "swift-nio"), hummingbird("Logging", "swift-log"),
            ],
            swiftSettings: swift),
        .testTarget(
            name: "WebAuthnTests", dependencies: ["WebAuthn", "JOSE"], exclude: ["Vectors"], swiftSettings: swift),
        .testTarget(
            name: "DatabaseTests",
            dependencies: [
                "Database", "TestDatabases", server("GRDB", "GRDB.swift"), server("GRDBSQLite", "GRDB.swift"),
                server("Logging", "swift-log"),
            ],
            swiftSettings: swift),
        .testTarget(
            name: "IdentityTests",
            dependencies: [
                "Identity", "Database", "TestAuthenticators", "TestDatabases", "JOSE", "WebAuthn",
                server("Logging", "swift-log"),
            ],
            swiftSettings: swift),
        .testTarget(
            name: "IdentityHTTPTests",
            dependencies: [
                "IdentityHTTP", "Identity", "Database", "TestAuthenticators", "TestConnections", "TestDatabases",
                "JOSE",
                "LatchkeyVerifier", "Prometheus",
                server("Hummingbird", "hummingbird"), server("HummingbirdTesting", "hummingbird"),
                server("HTTPTypes", "swift-http-types"), server("NIOCore", "swift-nio"),
                server("Logging", "swift-log"),
            ],
            swiftSettings: swift),
        .testTarget(
            name: "PrometheusTests", dependencies: ["Prometheus", server("Metrics", "swift-metrics")],
            swiftSettings: swift),
        .testTarget(
            name: "ExampleAPIsTests",
            dependencies: [
                "ExampleAPIs", "LatchkeyHummingbird", "LatchkeyVerifier", "Identity", server("GRDB", "GRDB.swift"),
                server("ArgumentParser", "swift-argument-parser"),
                server("Hummingbird", "hummingbird"), server("HummingbirdTesting", "hummingbird"),
                server("HTTPTypes", "swift-http-types"), server("NIOCore", "swift-nio"),
            ],
            swiftSettings: swift),
        .testTarget(name: "SMTPTests", dependencies: ["SMTP", "JOSE"], swiftSettings: swift),
        .testTarget(name: "DocumentTests", swiftSettings: swift),
        .testTarget(
            name: "LatchkeyTests",
            dependencies: [
                "latchkey", "JOSE", "LatchkeyVerifier", "Prometheus", "SMTP",
                server("ArgumentParser", "swift-argument-parser"),
                server("Hummingbird", "hummingbird"), server("HummingbirdTesting", "hummingbird"),
                server("HTTPTypes", "swift-http-types"), server("NIOCore", "swift-nio"),
                server("Logging", "swift-log"),
            ],
            swiftSettings: swift),
    ]
)
