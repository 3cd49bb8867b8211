import HTTPTypes
import Hummingbird
import JOSE

/// Style, scripts and icon of the pages, from inside the binary.
struct Assets: Feature {
    private struct Asset: Sendable {
        let name: String
        let type: String
        let bytes: [UInt8]
        let entityTag: String

        init(_ name: String, _ type: String, _ bytes: [UInt8]) {
            self.name = name
            self.type = type
            self.bytes = bytes
            entityTag = "\"\(Base64URL.encode(Array(SHA256.hash(bytes).prefix(12))))\""
        }
    }

    private let assets = [
        Asset("latchkey.css", "text/css; charset=utf-8", PackageResources.latchkey_css),
        Asset("favicon.svg", "image/svg+xml", PackageResources.favicon_svg),
        Asset("login-sent.js", "text/javascript; charset=utf-8", PackageResources.login_sent_js),
        Asset("magic-link.js", "text/javascript; charset=utf-8", PackageResources.magic_link_js),
        Asset("passkeys.js", "text/javascript; charset=utf-8", PackageResources.passkeys_js),
        Asset("setup.js", "text/javascript; charset=utf-8", PackageResources.setup_js),
        Asset("mailbox.js", "text/javascript; charset=utf-8", PackageResources.mailbox_js),
    ]

    var routes: [Route] {
        assets.map { asset in
            Route(method: .get, path: "/assets/\(asset.name)", dialect: .page, access: .open, rate: .none) { call in
                respond(to: call, with: asset)
            }
        }
    }

    /// Kept, but asked about each time: a new release shows at once.
    private func respond(to call: Call, with asset: Asset) -> Response {
        let headers: HTTPFields = [.eTag: asset.entityTag, .cacheControl: "public, no-cache"]
        if call.request.headers[.ifNoneMatch] == asset.entityTag {
            return Response(status: .notModified, headers: headers)
        }
        var response = Response(status: .ok, type: asset.type, bytes: asset.bytes)
        response.headers.append(contentsOf: headers)
        return response
    }
}
