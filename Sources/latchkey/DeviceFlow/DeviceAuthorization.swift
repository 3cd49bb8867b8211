import JOSE

/// RFC 8628 §3.2: what the person needs to approve this device, and how to wait for it.
struct DeviceAuthorization: Hashable, Sendable {
    let deviceCode: String
    let userCode: String
    let verificationURI: String
    /// The same with the code in it, for a click or a camera.
    let completeURI: String
    let expiresIn: Duration
    let interval: Duration

    /// Nil when a required member is missing. Times are kept within reason: 1 to 60 s between polls (5 when not said),
    /// at most a day in all.
    init?(_ json: JSONObject) {
        guard let deviceCode = json["device_code"]?.string, let userCode = json["user_code"]?.string,
            let uri = json["verification_uri"]?.string, let expiresIn = json["expires_in"]?.integer
        else { return nil }
        self.deviceCode = deviceCode
        self.userCode = userCode.printable
        verificationURI = uri.printable
        completeURI = json["verification_uri_complete"]?.string?.printable ?? verificationURI
        self.expiresIn = .seconds(min(max(expiresIn, 1), 86_400))
        interval = .seconds(min(max(json["interval"]?.integer ?? 5, 1), 60))
    }
}
