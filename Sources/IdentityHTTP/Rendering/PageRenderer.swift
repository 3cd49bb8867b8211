import HTTPTypes
import Hummingbird
import Identity
import JOSE

/// Makes pages: a template, what it is filled with, and what the frame of every page needs.
struct PageRenderer: Sendable {
    let templates: Templates
    let isDevelopment: Bool
    let random: RandomSource

    /// A page for a browser.
    func page(
        _ name: String, _ context: [String: Any] = [:], for browser: Browser, status: HTTPResponse.Status = .ok
    ) -> Response {
        .html(text(name, context, for: browser), status: status)
    }

    /// A page that is recorded with the change it tells of, so that it can be shown again.
    func recorded(_ name: String, _ context: [String: Any], for browser: Browser) -> RecordedAnswer {
        .html(text(name, context, for: browser))
    }

    private func text(_ name: String, _ context: [String: Any], for browser: Browser) -> String {
        var context = context
        context["csrf"] = browser.formToken
        context["formKey"] = FormKey.draw(random)
        if let user = browser.viewer?.user {
            context["signedIn"] = ["name": user.name, "email": user.email.text]
        }
        return render(name, context)
    }

    /// A refusal as a page. Knows no browser, for the refusal may be that there is none.
    func error(_ refusal: Refusal, requestID: String) -> Response {
        let explanation = refusal.explanation
        var context: [String: Any] = [
            "status": refusal.status.code, "title": explanation.title, "cause": refusal.message,
            "next": explanation.next, "requestID": requestID, "csrf": "",
        ]
        if let action = explanation.action {
            context["actionURL"] = action.url
            context["actionLabel"] = action.label
        }
        return .html(render("error", context), status: refusal.status)
    }

    private func render(_ name: String, _ context: [String: Any]) -> String {
        var context = context
        if isDevelopment { context["dev"] = true }
        return templates.render(name, context)
    }
}

extension Refusal {
    /// What a person is told beside the cause.
    fileprivate var explanation: (title: String, next: String, action: (url: String, label: String)?) {
        let start = (url: "/", label: "Go to the start page")
        return switch status.code {
        case 403 where code == Refusal.formExpired.code:
            ("Please try that again", "Go back, reload the page, and send the form once more.", start)
        case 403: ("You may not do this", "If you came here by mistake, begin at the start page.", start)
        case 404: ("There is no such page", "Check the address, or begin at the start page.", start)
        case 405: ("That does not work here", "Begin at the start page.", start)
        case 413, 431: ("That was too much", "Send less.", nil)
        case 429: ("One moment, please", "Wait a little, then reload the page.", nil)
        case 503: ("Back in a moment", "Wait a few seconds, then reload the page.", nil)
        case 500...: ("Something went wrong", "Try again. If it goes on, tell whoever runs this server.", start)
        default: ("That did not work", "Go back and check what you entered.", start)
        }
    }
}
