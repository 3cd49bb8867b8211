import HTTPTypes
import LatchkeyHummingbird

extension APIContext {
    /// `:id` of the path, when it names a project that the key may be used on.
    ///
    /// The document has 403 for this, where `context.require("projects", id)` would answer 404. Nothing is learnt by it: a key
    /// that is confined is refused every other name, whether there is a project of that name or not.
    var allowedProject: String {
        get throws {
            guard token.allows("projects", idInPath) else { throw APIRefusal.otherProject }
            return idInPath
        }
    }
}

extension APIRefusal {
    fileprivate static let otherProject = APIRefusal(
        .forbidden, "forbidden_project",
        "This key is confined to certain projects, and this is none of them. Use a key for this project.")
}
