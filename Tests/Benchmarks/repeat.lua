-- Sends one request again and again. METHOD, BODY, TYPE and AUTH come from the environment.

wrk.method = os.getenv("METHOD") or "GET"
wrk.body = os.getenv("BODY")
wrk.headers["Content-Type"] = os.getenv("TYPE")
wrk.headers["Authorization"] = os.getenv("AUTH")

function done(summary, latency)
  print(string.format("RESULT %.0f %.0f %.3f %.3f",
    summary.requests / (summary.duration / 1e6), summary.errors.status,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
