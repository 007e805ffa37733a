/// Arithmetic on numbers from outside (messages, records, headers): what does not fit becomes the nearest number that does,
/// where `-` and `*` would end the process.
extension Int64 {
    package func subtractingClamped(_ other: Int64) -> Int64 {
        let (value, isBeyond) = subtractingReportingOverflow(other)
        return isBeyond ? (other < 0 ? .max : .min) : value
    }

    package func multipliedClamped(by factor: Int64) -> Int64 {
        let (value, isBeyond) = multipliedReportingOverflow(by: factor)
        return isBeyond ? ((self < 0) == (factor < 0) ? .max : .min) : value
    }
}
