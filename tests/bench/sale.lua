-- One sale per request, each under an id of its own: thread, counter and the run's own prefix.
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  count = 0
  prefix = args[1]
  headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. args[2] }
  local file = assert(io.open(args[3]))
  body = file:read("*a")
  file:close()
end

function request()
  count = count + 1
  local path = string.format("/api/v1/invoices/%s-0000-7000-8000-%04x%08x", prefix, number, count)
  return wrk.format("PUT", path, headers, body)
end

function done(summary, latency, requests)
  io.write(string.format("RESULT %d %d %d %d %d %d\n",
    summary.requests, summary.duration,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end
