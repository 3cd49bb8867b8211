import Database
import HTTPTypes
import Identity
import JOSE
import Testing

/// The codes of a device that waits to be let in.
struct WaitingDevice: Sendable {
    let deviceCode: String
    let userCode: String

    init(_ answer: Answer) throws {
        try #require(answer.status == .ok, "\(answer.text)")
        deviceCode = try answer.string("device_code")
        userCode = try answer.string("user_code")
    }
}

extension TestServer {
    /// A device of the built-in client asks for codes.
    func device(_ members: KeyValuePairs<String, String> = [:]) async throws -> WaitingDevice {
        try WaitingDevice(try await post("/api/v1/auth/device", json: members))
    }

    /// A poll in the JSON dialect.
    func poll(_ device: WaitingDevice) async throws -> Answer {
        try await post("/api/v1/auth/token", json: ["device_code": device.deviceCode])
    }

    /// A poll in the OAuth dialect, as a public client.
    func poll(_ device: WaitingDevice, as client: String) async throws -> Answer {
        try await post(
            "/oauth/token",
            form: [
                "grant_type": Client.GrantType.deviceCode.rawValue, "device_code": device.deviceCode,
                "client_id": client,
            ])
    }

    /// A browser that is signed in.
    func browser(signedInAs email: String) async throws -> TestBrowser {
        let browser = TestBrowser(self)
        try await browser.signIn(email)
        return browser
    }

    /// What a device authorization has come to.
    func deviceStates() async throws -> [String] {
        try await database.read { transaction in
            try transaction.rows("SELECT state FROM device_authorizations ORDER BY id").map { try $0.text(0) }
        }
    }
}

extension TestBrowser {
    /// Types a user code.
    func open(_ device: WaitingDevice) async throws -> Answer {
        _ = try await get("/device")
        return try await post("/device", ["user_code": device.userCode])
    }

    func decide(_ decision: String, _ device: WaitingDevice, in organization: String) async throws -> Answer {
        try await post(
            "/device/decision",
            ["user_code": device.userCode, "decision": decision, "organization": organization])
    }

    /// Opens a code and lets the device in, in the first organization offered.
    func approve(_ device: WaitingDevice) async throws -> Answer {
        let page = try await open(device)
        try #require(page.status == .ok, "\(page.text)")
        let organization = try #require(page.text.value(after: #"name="organization" value=""#))
        return try await decide("approve", device, in: organization)
    }
}

extension WaitingDevice {
    /// The same device with another user code.
    init(_ device: WaitingDevice, userCode: String) {
        deviceCode = device.deviceCode
        self.userCode = userCode
    }
}
