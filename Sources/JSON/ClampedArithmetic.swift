/// Saturating arithmetic for numbers from outside (messages, records, headers), where `-` and `*` would trap on
/// overflow.
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
