-- What wrk asks. The environment says what: ASK (path), RUN (the beginning of each Idempotency-Key of a run), IDS (a file with
-- one id a line, for requests of one record). After a run it prints a line of JSON.

local path, run, ids_file = os.getenv("ASK"), os.getenv("RUN"), os.getenv("IDS")
local ids, number = {}, 0
local body = '{"customer":%d,"product":"A-%d","quantity":%d,"price":%d.95,"note":"Please ring twice, and leave it with the neighbours if nobody opens."}'

function init()
    if ids_file then
        for line in io.lines(ids_file) do ids[#ids + 1] = line end
        math.randomseed(7)
    end
end

function request()
    number = number + 1
    if run then
        return wrk.format("POST", path, { ["Content-Type"] = "application/json", ["Idempotency-Key"] = run .. "-" .. number },
            body:format(number % 1000 + 1, number % 500, number % 9 + 1, number % 90))
    elseif ids_file then
        return wrk.format("GET", path .. ids[math.random(#ids)])
    end
    return wrk.format("GET", path)
end

function done(summary, latency)
    io.write(string.format(
        '\n{"requests":%d,"seconds":%.6f,"failed":%d,"refused":%d,"p50":%.3f,"p99":%.3f}\n', summary.requests,
        summary.duration / 1e6, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
        summary.errors.status, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
