/// Where a browser may be sent after signing in: one of our own pages, and nothing else.
enum SafePath {
    /// The pages that ask people to sign in.
    private static let pages: Set<Substring> = [
        "/", "/device", "/account", "/account/passkeys/new", "/organization", "/organization/token",
        "/organization/webhook", "/step-up",
    ]

    /// The path when it is one of ours; else the default page. Only plain letters may follow the question mark, so that
    /// no spelling of another place (`//evil`, `/\evil`, `/%09/evil`, `https:evil`, `javascript:`) gets through.
    static func check(_ path: String?) -> String {
        guard let path, path.utf8.count <= 200 else { return "/" }
        let halves = path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let page = halves.first, pages.contains(page) else { return "/" }
        guard halves.count == 2 else { return path }
        return halves[1].utf8.allSatisfy(isPlain) ? path : String(page)
    }

    /// The sign-in page that leads back.
    static func login(returningTo path: String?) -> String {
        let checked = check(path)
        return checked == "/" ? "/login" : "/login?return_to=" + encode(checked)
    }

    /// The page that offers to make a passkey, and leads on.
    static func newPasskey(before path: String) -> String {
        "/account/passkeys/new?return_to=" + encode(check(path))
    }

    /// Where a second factor is set up on the account page, which leads back.
    static func secondFactor(returningTo path: String) -> String {
        let checked = check(path)
        return (checked == "/" ? "/account" : "/account?return_to=" + encode(checked)) + "#second-factor"
    }

    /// The page that a form was on, to come back to when something else is to be done first.
    ///
    /// - Parameter action: where the form goes.
    static func page(of action: String, _ form: FormBody) -> String {
        func field(_ name: String) -> String { form[name] ?? "" }
        return switch action {
        case "/organization/tokens/rotate":
            check("/organization/token?organization=\(field("organization"))&id=\(field("id"))")
        case "/organization/webhooks/rotate", "/organization/webhooks/change":
            check("/organization/webhook?organization=\(field("organization"))&id=\(field("id"))")
        case "/device/decision": check("/device?user_code=\(field("user_code"))")
        default: check(action.hasPrefix("/organization/") ? "/organization?id=\(field("organization"))" : "/account")
        }
    }

    /// The page that asks for a second factor and leads back.
    static func stepUp(returningTo path: String?) -> String {
        let checked = check(path)
        return checked == "/" ? "/step-up" : "/step-up?return_to=" + encode(checked)
    }

    /// The page that takes the asking tab on.
    static func loginContinue(to path: String) -> String {
        "/login/continue?return_to=" + encode(check(path))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "="), UInt8(ascii: "&"), UInt8(ascii: "_"),
            UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// A checked path holds only plain letters and these four.
    private static func encode(_ checked: String) -> String {
        var encoded = ""
        for character in checked {
            switch character {
            case "/": encoded += "%2F"
            case "?": encoded += "%3F"
            case "=": encoded += "%3D"
            case "&": encoded += "%26"
            default: encoded.append(character)
            }
        }
        return encoded
    }
}

extension FormBody {
    /// Where to go on afterwards, when a page of ours other than the start page is named.
    var returnTo: String? {
        let path = SafePath.check(self["return_to"])
        return path == "/" ? nil : path
    }
}
