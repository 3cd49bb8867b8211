-- Rotates refresh tokens: each answer's token is presented in a later request.
-- TOKENS names a file with one living token a line, some more than there are connections, for wrk asks ahead.

local waiting, first, last = {}, 1, 0

function init()
  for line in io.lines(os.getenv("TOKENS")) do
    last = last + 1
    waiting[last] = line
  end
end

function request()
  local token = waiting[first] or "none-left"
  if waiting[first] then
    waiting[first] = nil
    first = first + 1
  end
  return wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, '{"refresh_token":"' .. token .. '"}')
end

function response(status, headers, body)
  if status ~= 200 then return end
  local successor = body:match('"refresh_token":"([^"]+)"')
  if successor then
    last = last + 1
    waiting[last] = successor
  end
end

function done(summary, latency)
  print(string.format("RESULT %.0f %.0f %.3f %.3f",
    summary.requests / (summary.duration / 1e6), summary.errors.status,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
