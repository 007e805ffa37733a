import Ingest
import Contracts
import JSON

/// What `/readyz` tells.
struct Readiness: Sendable {
    struct Part: Sendable {
        var isOK = false
        var detail = ""
    }

    let status: Int
    /// By name.
    private(set) var parts: [String: Part] = [:]
    private(set) var guarantee = ""
    /// What is to be done though it is ready.
    private(set) var warnings: [String] = []

    var isReady: Bool { status == 200 }

    init(_ answer: HTTPAnswer) {
        status = answer.status
        guard let document = try? JSONParser().parse(answer.text) else { return }
        document.withRoot { root in
            guarantee = root["guarantee"]?.string ?? ""
            warnings = root["warnings"]?.elements.compactMap { $0["detail"]?.string } ?? []
            for part in root["parts"]?.elements ?? root.elements {
                parts[part["name"]?.string ?? ""] = Part(
                    isOK: part["ok"]?.bool ?? false, detail: part["detail"]?.string ?? "")
            }
        }
    }
}
