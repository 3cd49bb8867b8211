// swift-tools-version:6.2
import PackageDescription

// A resource server as someone else would write it: it takes the verifier and nothing else. check.sh builds it outside
// the tree and fails when anything but latchkey is resolved.
let package = Package(
    name: "consumer",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "latchkey", path: "../..", traits: [])
    ],
    targets: [
        .executableTarget(
            name: "Consumer",
            dependencies: [.product(name: "LatchkeyVerifier", package: "latchkey")],
            swiftSettings: [.enableUpcomingFeature("MemberImportVisibility")])
    ]
)
