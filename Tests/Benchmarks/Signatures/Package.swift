// swift-tools-version:6.2
import PackageDescription

// Signing and verifying beside raw libcrypto and beside jwt-kit. A package of its own, so that the product does not
// depend on jwt-kit; the modules measured are the product's own, by symbolic links.
let package = Package(
    name: "signatures",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/vapor/jwt-kit.git", exact: "5.7.1")
    ],
    targets: [
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "JOSE", dependencies: ["COpenSSL"], swiftSettings: settings),
        .target(name: "LatchkeyVerifier", dependencies: ["JOSE"], swiftSettings: settings),
        .executableTarget(
            name: "Signatures",
            dependencies: ["COpenSSL", "JOSE", "LatchkeyVerifier", .product(name: "JWTKit", package: "jwt-kit")],
            swiftSettings: settings),
    ]
)

var settings: [SwiftSetting] {
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ]
}
