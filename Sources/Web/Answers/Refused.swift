internal import Contracts

/// A request that is answered without the pipeline.
struct Refused: Error {
    let answer: RequestAnswer

    init(_ status: Int, _ detail: String, headers: [RequestField] = [], retryAfter: Int? = nil) {
        answer = .problem(status: status, detail: detail, retryAfter: retryAfter, headers: headers)
    }
}
