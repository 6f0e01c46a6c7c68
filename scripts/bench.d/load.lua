-- What wrk sends: whole HTTP requests out of a file, made beforehand, so that the load generator itself costs as little
-- as it can (it shares the processors with the server).
--
--   wrk … -s load.lua URL -- FILE cycle|once
--
-- In the file each request is preceded by a line with its length. `cycle` keeps them in memory and goes round; `once`
-- reads on and never sends one twice.

local requests = {}
local at = 0
local stream

local function read_one(file)
    local length = file:read("*l")
    return length and file:read(tonumber(length))
end

local function cycle()
    at = at % #requests + 1
    return requests[at]
end

-- When the file was too short, what follows is answered with 404 and so counts as failed.
local function once()
    return read_one(stream) or wrk.format("GET", "/the-file-of-requests-was-too-short")
end

function init(args)
    stream = assert(io.open(args[1], "rb"))
    if args[2] == "once" then
        request = once
        return
    end
    for one in function() return read_one(stream) end do
        requests[#requests + 1] = one
    end
    stream:close()
    request = cycle
end

-- wrk looks for this name before `init` runs.
function request() end

-- One line: answers, microseconds, p50, p99, answers of 400 and more, broken or late connections.
function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        "RESULT %d %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
        errors.status, errors.connect + errors.read + errors.write + errors.timeout
    ))
end
