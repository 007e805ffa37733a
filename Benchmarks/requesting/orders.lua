-- What wrk asks. The environment says what: ASK (path), RUN (the beginning of each Idempotency-Key of a run; then it is a
-- POST), ENDS (a file of what stands behind ASK, one of its lines in each GET). After a run it prints a line of JSON.

local path, run, ends_file = os.getenv("ASK"), os.getenv("RUN"), os.getenv("ENDS")
local ends, number = {}, 0
local body = '{"customer":%d,"product":"A-%d","quantity":%d,"price":%d.95,"note":"Please ring twice, and leave it with the neighbours if nobody opens."}'

function init()
    if ends_file then
        for line in io.lines(ends_file) do ends[#ends + 1] = line end
        math.randomseed(7)
    end
end

function request()
    number = number + 1
    if run then
        return wrk.format("POST", path, { ["Content-Type"] = "application/json", ["Idempotency-Key"] = run .. "-" .. number },
            body:format(number % 1000 + 1, number % 500, number % 9 + 1, number % 90))
    end
    return wrk.format("GET", path .. ends[math.random(#ends)])
end

function done(summary, latency)
    io.write(string.format(
        '\n{"requests":%d,"seconds":%.6f,"failed":%d,"refused":%d,"p50":%.3f,"p99":%.3f}\n', summary.requests,
        summary.duration / 1e6, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
        summary.errors.status, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
