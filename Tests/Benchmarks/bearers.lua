-- Sends the same request with each of the tokens in the file TOKENS in turn.

local requests = {}

function init()
  for token in io.lines(os.getenv("TOKENS")) do
    requests[#requests + 1] = wrk.format("GET", nil, { ["Authorization"] = "Bearer " .. token })
  end
end

local number = 0

function request()
  number = number % #requests + 1
  return requests[number]
end

function done(summary, latency)
  print(string.format("RESULT %.0f %.0f %.3f %.3f",
    summary.requests / (summary.duration / 1e6), summary.errors.status,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
