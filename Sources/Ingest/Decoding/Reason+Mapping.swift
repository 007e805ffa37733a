internal import JSON
internal import Mappings
internal import Schemas

extension Reason {
    static let taken = "a message that the route takes"

    /// Whether the reason is that no case of the route matches.
    package var isUntaken: Bool { code == .mappingFailed && keyword == "when" && expected == Self.taken }

    /// A message whose items have no numbers yet.
    static let numbersMissing = Reason(
        code: .mappingFailed, keyword: "sequence", expected: "numbers of its sequences", found: "too few",
        text: "the message: too few numbers of its sequences are reserved; send it again")

    /// Why an item could not be mapped. Without values that its definition hides.
    init(_ fault: ItemFault, item: Int, of definition: Definition) {
        let isShown = fault.kind != .mapping || definition.isShown(fault.field)
        let why = isShown ? fault.fault : fault.fault.hidden
        let code: ReasonCode =
            switch fault.kind {
            case .mapping: .mappingFailed
            case .operation: .invalidOperation
            case .duplicateName: .duplicateField
            }
        self.init(
            item: item, code: code, pointer: fault.pointer, keyword: why.step, expected: why.expected,
            found: why.found, text: Self.sentence(fault.pointer, line: fault.line, field: fault.field, why))
    }

    /// Why a field that looks at the stored record could not be made, in terms of the mapped item.
    init(_ late: LateFieldFault, item: Int, of definition: Definition) {
        let isShown = definition.isShown(late.field) && late.fault.storedField.map { definition.isShown($0) } ?? true
        let why = isShown ? late.fault : late.fault.hidden
        let pointer = JSONPointer(["items", String(item), late.field])
        self.init(
            item: item, code: .mappingFailed, pointer: pointer, keyword: why.step, expected: why.expected,
            found: why.found, text: Self.sentence(pointer, field: nil, why))
    }

    /// Why a whole message could not be mapped.
    init(_ fault: MessageMapper.EnvelopeFault) {
        self.init(
            code: fault.fault.isDuplicate ? .duplicateField : fault.isMapping ? .mappingFailed : .notEnvelope,
            pointer: fault.pointer, keyword: fault.part,
            expected: fault.fault.expected, found: fault.fault.found,
            text: Self.sentence(fault.pointer, field: fault.part, fault.fault))
    }

    private static func sentence(
        _ pointer: JSONPointer, line: Int? = nil, field: String?, _ fault: Fault
    ) -> String {
        let place = Self.place(pointer, line: line)
        let about = field.map { " (\($0))" } ?? ""
        return "\(place)\(about): expected \(fault.expected), found \(fault.found); \(fault.remedy)"
    }

    /// Stands for a secret value.
    static let secret = "(secret)"

    private static func place(_ pointer: JSONPointer, line: Int?) -> String {
        (pointer.tokens.isEmpty ? "the message" : "\(pointer)") + (line.map { ", line \($0)" } ?? "")
    }

    /// Translates a reason about the mapped item to the original message.
    func asItCame(in origin: ForeignItems, item: Int) -> Reason {
        var reason = self
        reason.item = origin.ordinal(ofItem: item)
        guard pointer.tokens.starts(with: ["items", String(item)]) else {
            return reason
        }
        let inside = Array(pointer.tokens.dropFirst(2))
        reason.pointer = origin.pointer(ofItem: item, mapped: inside)
        let before = "\(pointer)"
        if text.hasPrefix(before) {
            let place = Self.place(reason.pointer, line: origin.line(ofItem: item))
            let field =
                inside.isEmpty || reason.pointer.tokens.suffix(inside.count) == inside[...]
                ? "" : " (\(inside.joined(separator: "/")))"
            reason.text = place + field + text.dropFirst(before.count)
        }
        return reason.bounded
    }
}

extension Fault {
    /// The fault of what is made of a mapped item, or of its record, without a value that the definition hides.
    func shown(of definition: Definition?) -> Fault { definition?.isShown(member) == false ? hidden : self }

    /// Without what could reveal the value.
    var hidden: Fault {
        var fault = self
        fault.found = Reason.secret
        fault.remedy = "correct the value, which is not shown, or the mapping"
        return fault
    }
}
