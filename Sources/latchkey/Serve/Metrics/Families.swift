import Prometheus

extension Family {
    /// Every metric of this server. `docs/operations.md` lists the same, and a test compares the two.
    static let all: [Family] = requests + domain + storage + process

    private static let requests = [
        Family(
            "latchkey_http_requests_total", .counter, "Requests that were answered, by route and status.",
            showsZeros: false),
        Family(
            "latchkey_http_request_duration_seconds",
            .histogram([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]),
            "How long a request took, from its head to its answer.", showsZeros: false),
        Family("latchkey_http_requests_in_flight", .gauge, "Requests that are being answered."),
        Family(
            "latchkey_rate_limited_total", .counter,
            "Requests refused by a rate limit: of one address, of all together, of one mailbox, of one API token."),
        Family(
            "latchkey_quota_exceeded_total", .counter,
            "Requests refused because the calls of a billing period are used up, by what was asked."),
    ]

    private static let domain = [
        Family("latchkey_rotations_total", .counter, "Refresh tokens that were spent for their successor."),
        Family(
            "latchkey_rotation_repeats_total", .counter,
            "Answers to a refresh that were given again to the same caller."),
        Family("latchkey_refusals_total", .counter, "What was refused, by subject and reason."),
        Family("latchkey_mail_attempts_total", .counter, "Attempts to send a mail, by outcome."),
        Family("latchkey_webhook_attempts_total", .counter, "Attempts to send a message to a webhook, by outcome."),
        Family(
            "latchkey_webhooks_switched_off_total", .counter,
            "Webhooks that were switched off by the server, by reason."),
    ]

    private static let storage = [
        Family(
            "latchkey_database_commit_seconds",
            .histogram([
                0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
            ]),
            "How long a COMMIT took."),
        Family(
            "latchkey_database_commit_writes", .histogram([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024]),
            "How many writes were in one commit."),
        Family("latchkey_database_conflicts_total", .counter, "Transactions that met another one and were run again."),
        databaseWaiting,
        Family("latchkey_mail_messages", .gauge, "Mail that is not sent, by state, counted up to 10000."),
        Family("latchkey_mail_oldest_seconds", .gauge, "How long the oldest waiting mail has waited."),
        Family(
            "latchkey_webhook_messages", .gauge,
            "Messages that wait for webhooks that are switched on, counted up to 10000."),
        Family(
            "latchkey_webhook_overdue_seconds", .gauge, "For how long the message that is due for longest has been due."
        ),
        Family(
            "latchkey_audit_unsealed_events", .gauge, "Audit events not yet in the hash chain, counted up to 10000."),
        Family("latchkey_table_rows", .gauge, "Rows of the tables that grow, counted in the background."),
        Family("latchkey_sampled_timestamp_seconds", .gauge, "When the queues were last looked at."),
    ]

    static let databaseWaiting = Family(
        "latchkey_database_waiting", .gauge, "Transactions that wait for the writer, or for a connection.")
    static let buildInfo = Family("latchkey_build_info", .gauge, "Always 1; the label says the version.")
    static let stopping = Family("latchkey_stopping", .gauge, "1 from the signal to stop on, else 0.")
    static let cpu = Family("process_cpu_seconds_total", .counter, "Processor time of the process.")
    static let memory = Family("process_resident_memory_bytes", .gauge, "Memory of the process that is in use.")
    static let descriptors = Family("process_open_fds", .gauge, "Open files and connections.")
    static let descriptorLimit = Family("process_max_fds", .gauge, "How many may be open.")
    static let startTime = Family("process_start_time_seconds", .gauge, "When the process was started.")

    private static let process = [
        buildInfo, stopping, cpu, memory, descriptors, descriptorLimit, startTime,
    ]
}
