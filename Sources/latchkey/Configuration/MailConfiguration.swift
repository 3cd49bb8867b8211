import JOSE
import SMTP

/// How mail leaves.
struct MailConfiguration: Sendable {
    let server: MailServer
    /// There exactly when the server's URL names a user.
    let password: Secret?
    /// A PEM file, in place of the authorities of the system.
    let authorities: String?
    let sender: Mailbox

    /// Nil when no mail leaves.
    init?(_ layers: ConfigurationLayers) throws {
        if let url = try layers.value(.smtpURL, { $0 }), MailServer.hasPassword(url) {
            throw ConfigurationRefusal.secretInFile(
                Setting.smtpPassword.name, path: Setting.smtpURL.name, instead: Setting.smtpPassword.environmentName)
        }
        let server = try layers.value(.smtpURL) { MailServer($0) }
        let password = try layers.value(.smtpPassword) { $0.isEmpty ? nil : Secret($0.utf8) }
        let authorities = try layers.value(.smtpCAFile) { $0.isEmpty ? nil : $0 }
        let sender = try layers.value(.mailFrom) { Mailbox($0) }
        guard let server else {
            let orphans = [
                (Setting.smtpPassword, password != nil), (.smtpCAFile, authorities != nil), (.mailFrom, sender != nil),
            ]
            if let orphan = orphans.first(where: \.1) {
                throw ConfigurationRefusal.contradiction(
                    "\(layers.told(orphan.0)) and no smtp_url", because: "without a mail server no mail leaves.")
            }
            return nil
        }
        guard let sender else {
            throw ConfigurationRefusal.contradiction(
                "\(layers.told(.smtpURL)) and no mail_from", because: "mail that leaves needs a sender.")
        }
        guard (server.user == nil) == (password == nil) else {
            throw ConfigurationRefusal.contradiction(
                server.user == nil
                    ? "\(layers.told(.smtpPassword)) and no user in \(layers.told(.smtpURL))"
                    : "a user in \(layers.told(.smtpURL)) and no smtp_password",
                because: "a login needs both.")
        }
        (self.server, self.password, self.authorities, self.sender) = (server, password, authorities, sender)
    }
}
