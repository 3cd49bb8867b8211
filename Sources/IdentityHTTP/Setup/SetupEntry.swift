import Identity

/// What the first owner typed, and what is wrong with it.
struct SetupEntry {
    /// Nil while anything is wrong.
    let request: Setup.Request?
    /// What was typed, to be shown again with the faults beside it.
    let context: [String: String]

    init(_ form: FormBody) {
        let email = form["email"].flatMap { EmailAddress($0) }
        let name = form["name"].flatMap { User.name(from: $0) }
        let organization = form["organization"].flatMap { Organization.name(from: $0) }
        let slug = form["slug"].map { $0.filter { $0 != " " } }.flatMap { $0.isEmpty ? nil : $0 }
        let slugIsGood = slug.map(Organization.isSlug) ?? true

        var context: [String: String] = [:]
        for field in ["email", "name", "organization", "slug"] { context[field] = form[field] }
        if email == nil { context["emailError"] = "This is no mail address we can send to. Example: ada@example.com" }
        if name == nil { context["nameError"] = NameRule.ofNames }
        if organization == nil { context["organizationError"] = NameRule.ofNames }
        if !slugIsGood { context["slugError"] = "Only a to z, 0 to 9 and hyphens between them, at most 40." }
        self.context = context

        guard let email, let name, let organization, slugIsGood else {
            request = nil
            return
        }
        request = Setup.Request(email: email, name: name, organization: organization, slug: slug)
    }
}
