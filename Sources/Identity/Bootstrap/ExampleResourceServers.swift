/// The scope catalogs of the example APIs, for development mode.
package enum ExampleResourceServers {
    package static let all = [crewkeel, calkeep, autochat, craftdesk]

    static let crewkeel = ResourceServer(
        identifier: "https://api.crewkeel.example", name: "CrewKeel",
        scopes: [
            Scope("jobs:read", "List and read jobs"),
            Scope("jobs:write", "Create jobs and update job status"),
            Scope("documents:read", "List and read estimates and invoices"),
            Scope("documents:write", "Create estimates and invoices"),
            Scope("documents:send", "Issue and send estimates and invoices as PDFs"),
            Scope("customers:read", "List customers"),
            Scope("customers:write", "Create customers"),
        ])

    static let calkeep = ResourceServer(
        identifier: "https://api.calkeep.example", name: "CalKeep",
        scopes: [
            Scope("workspace:read", "Read workspace metadata"),
            Scope("contacts:read", "List and read contacts"),
            Scope("contacts:write", "Create and change contacts"),
            Scope("bookings:read", "List and read bookings"),
            Scope("tasks:read", "List and read tasks"),
            Scope("tasks:write", "Create and update tasks"),
            Scope("reminders:read", "List reminders"),
            Scope("reminders:write", "Create reminders"),
            Scope("calendar_health:read", "Read the sync health of connected accounts"),
        ])

    static let autochat = ResourceServer(
        identifier: "https://api.autochat.example", name: "autoch.at",
        scopes: [
            Scope("clients:read", "Read clients"),
            Scope("clients:write", "Create and update clients"),
            Scope("invoices:read", "Read invoices"),
            Scope("invoices:write", "Create and update invoices"),
            Scope("quotes:read", "Read quotes"),
            Scope("quotes:write", "Create and update quotes"),
            Scope("payments:read", "Read payments"),
            Scope("payments:write", "Create and update payments"),
            Scope("products:read", "Read products and services"),
            Scope("products:write", "Create and update products and services"),
            Scope("projects:read", "Read projects"),
            Scope("projects:write", "Create and update projects"),
            Scope("webhooks:read", "Read webhooks"),
            Scope("webhooks:write", "Create and update webhooks"),
            Scope("marketing:write", "Run marketing operations"),
        ])

    static let craftdesk = ResourceServer(
        identifier: "https://api.craftdesk.example", name: "CraftDesk",
        scopes: [
            Scope("projects:read", "Read projects"),
            Scope("projects:write", "Create and update projects"),
            Scope("project_tasks:read", "Read the tasks of projects"),
            Scope("project_tasks:write", "Create and update the tasks of projects"),
            Scope("team:read", "Read who is in the team"),
        ])
}
