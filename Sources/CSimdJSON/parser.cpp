#include "CSimdJSON.h"
#include "grammar.h"

#include <simdjson.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace {

using simdjson::internal::dom_parser_implementation;
using namespace promo;

// Buffers for texts above this are given back after use: one large message must not keep its memory forever.
constexpr size_t kept_capacity = size_t(1) << 20;

// An object with more members than this finds repeated names by a hash table; below, by a 64-bit filter and a look back.
constexpr uint32_t filtered_members = 48;

struct Frame {
    uint32_t node;
    uint32_t count;
    uint16_t height;
    bool is_object;
    bool duplicate;
    uint64_t filter;
};

inline uint32_t hash_name(const uint8_t *p, uint32_t n) {
    // Ends and length tell most names apart; equality is always checked in full.
    uint64_t head = 0, tail = 0;
    const uint32_t take = n < 8 ? n : 8;
    std::memcpy(&head, p, take);
    std::memcpy(&tail, p + (n - take), take);
    uint64_t h = (head ^ (tail * 0x9E3779B97F4A7C15ull) ^ n) * 0xD6E8FEB86659FD93ull;
    return uint32_t(h >> 32);
}

class Builder {
public:
    Builder(const uint8_t *text, size_t length, const uint32_t *tokens, uint32_t token_count, uint32_t max_depth)
        : text_(text), length_(length), tokens_(tokens), token_count_(token_count), max_depth_(max_depth) {}

    ~Builder() {
        std::free(nodes_);
        std::free(arena_);
    }

    Failure run(promo_json_tape *tape) {
        // Every node begins at a token, so there are never more nodes than tokens.
        nodes_ = static_cast<promo_json_node *>(std::malloc(sizeof(promo_json_node) * size_t(token_count_)));
        if (!nodes_) return {promo_json_out_of_memory, 0};
        const Failure failure = build();
        if (failure.code != promo_json_ok) return failure;
        // Commas and colons are tokens too: nearly half of the room is left, and a tape may wait long for the store.
        if (void *fitting = std::realloc(nodes_, sizeof(promo_json_node) * size_t(count_)))
            nodes_ = static_cast<promo_json_node *>(fitting);
        tape->nodes = nodes_;
        tape->count = count_;
        tape->duplicates = duplicates_;
        tape->arena = arena_;
        nodes_ = nullptr;
        arena_ = nullptr;
        return {};
    }

private:
    Failure build() {
        uint32_t t = 0;
        const Failure first = value(t);
        if (first.code != promo_json_ok) return first;
        while (!stack_.empty()) {
            Frame &frame = stack_.back();
            if (t >= token_count_) return {promo_json_unexpected_end, length_};
            uint32_t at = tokens_[t];
            const uint8_t close = frame.is_object ? '}' : ']';
            if (text_[at] == close) {
                // A closing bracket may follow a value or the opening one, never a comma.
                t++;
                end_container();
                continue;
            }
            if (frame.count > 0) {
                if (text_[at] != ',') return {promo_json_expected_comma_or_end, at};
                if (++t >= token_count_) return {promo_json_unexpected_end, length_};
                at = tokens_[t];
            }
            frame.count++;
            if (frame.is_object) {
                if (text_[at] != '"') return {promo_json_expected_name, at};
                const uint32_t name = count_;
                const Failure named = string(at);
                if (named.code != promo_json_ok) return named;
                note_name(frame, name);
                if (++t >= token_count_) return {promo_json_unexpected_end, length_};
                if (text_[tokens_[t]] != ':') return {promo_json_expected_colon, tokens_[t]};
                if (++t >= token_count_) return {promo_json_unexpected_end, length_};
            }
            const Failure failure = value(t);
            if (failure.code != promo_json_ok) return failure;
        }
        if (t < token_count_) return {promo_json_trailing_content, tokens_[t]};
        return {};
    }

    // Reads the value that begins at token t and moves t past its (opening) token.
    Failure value(uint32_t &t) {
        const uint32_t at = tokens_[t];
        t++;
        switch (text_[at]) {
        case '{': return begin_container(at, true);
        case '[': return begin_container(at, false);
        case '"': return string(at);
        case 't': return literal(at, "true", 4, promo_json_true);
        case 'f': return literal(at, "false", 5, promo_json_false);
        case 'n': return literal(at, "null", 4, promo_json_null);
        case '-': case '0': case '1': case '2': case '3': case '4':
        case '5': case '6': case '7': case '8': case '9': return number(at);
        default: return {promo_json_expected_value, at};
        }
    }

    Failure begin_container(uint32_t at, bool is_object) {
        if (stack_.size() >= max_depth_) return {promo_json_too_deep, at};
        promo_json_node &node = nodes_[count_];
        node.start = at;
        node.kind = is_object ? promo_json_object : promo_json_array;
        node.flags = 0;
        stack_.push_back({count_, 0, 1, is_object, false, 0});
        count_++;
        return {};
    }

    void end_container() {
        const Frame frame = stack_.back();
        stack_.pop_back();
        promo_json_node &node = nodes_[frame.node];
        node.length = frame.count;
        node.next = count_;
        node.height = frame.height;
        bool duplicate = frame.duplicate;
        if (frame.is_object && frame.count > filtered_members) duplicate = repeats_in_table(frame);
        if (duplicate) {
            node.flags = promo_json_duplicate;
            duplicates_++;
        }
        if (!stack_.empty()) {
            Frame &parent = stack_.back();
            const uint16_t height = frame.height == UINT16_MAX ? UINT16_MAX : uint16_t(frame.height + 1);
            if (height > parent.height) parent.height = height;
        }
    }

    Failure literal(uint32_t at, const char *word, uint32_t n, promo_json_kind kind) {
        if (!is_literal(text_ + at, text_ + length_, word, n)) return {promo_json_invalid_literal, at};
        nodes_[count_++] = {at, n, 0, 0, uint8_t(kind), 0};
        return {};
    }

    Failure number(uint32_t at) {
        bool fractional = false;
        const uint8_t *const end = number_end(text_ + at, text_ + length_, fractional);
        if (!end) return {promo_json_invalid_number, at};
        const uint8_t flags = fractional ? promo_json_fractional : 0;
        nodes_[count_++] = {at, uint32_t(end - (text_ + at)), 0, 0, promo_json_number, flags};
        return {};
    }

    // The first stage has made sure that a closing quote exists and that no control character stands before it.
    Failure string(uint32_t at) {
        const uint8_t *const from = text_ + at + 1;
        const uint8_t *p = from;
#if defined(__SSE2__)
        const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
        for (;;) {
            const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p));
            const int found =
                _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)));
            if (found) {
                p += __builtin_ctz(unsigned(found));
                break;
            }
            p += 16;
        }
#else
        while (*p != '"' && *p != '\\') p++;
#endif
        if (*p == '"') {
            nodes_[count_++] = {at, uint32_t(p - from), 0, 0, promo_json_string, 0};
            return {};
        }
        return escaped_string(at, p);
    }

    Failure escaped_string(uint32_t at, const uint8_t *p) {
        const uint8_t *const from = text_ + at + 1;
        if (!arena_) {
            // A value is never longer than its escaped text, so one block serves the whole document.
            arena_ = static_cast<uint8_t *>(std::malloc(length_));
            if (!arena_) return {promo_json_out_of_memory, at};
        }
        uint8_t *const start = arena_ + arena_used_;
        uint8_t *out = start;
        std::memcpy(out, from, size_t(p - from));
        out += p - from;
        while (*p != '"') {
            if (*p != '\\') {
                *out++ = *p++;
                continue;
            }
            const size_t offset = size_t(p - text_);
            p++;
            switch (*p++) {
            case '"': *out++ = '"'; break;
            case '\\': *out++ = '\\'; break;
            case '/': *out++ = '/'; break;
            case 'b': *out++ = '\b'; break;
            case 'f': *out++ = '\f'; break;
            case 'n': *out++ = '\n'; break;
            case 'r': *out++ = '\r'; break;
            case 't': *out++ = '\t'; break;
            case 'u': {
                int32_t unit = hex4(p);
                if (unit < 0) return {promo_json_invalid_escape, offset};
                p += 4;
                uint32_t scalar = uint32_t(unit);
                if (scalar >= 0xD800 && scalar <= 0xDFFF) {
                    if (scalar >= 0xDC00 || p[0] != '\\' || p[1] != 'u') return {promo_json_lone_surrogate, offset};
                    const int32_t low = hex4(p + 2);
                    if (low < 0xDC00 || low > 0xDFFF) return {promo_json_lone_surrogate, offset};
                    p += 6;
                    scalar = 0x10000 + ((scalar - 0xD800) << 10) + (uint32_t(low) - 0xDC00);
                }
                out = append_utf8(out, scalar);
                break;
            }
            default: return {promo_json_invalid_escape, offset};
            }
        }
        const uint32_t length = uint32_t(out - start);
        nodes_[count_++] = {at, length, uint32_t(arena_used_), 0, promo_json_string, promo_json_escaped};
        arena_used_ += length;
        return {};
    }

    const uint8_t *bytes(const promo_json_node &node) const {
        return node.flags & promo_json_escaped ? arena_ + node.next : text_ + node.start + 1;
    }

    bool same_name(uint32_t a, uint32_t b) const {
        const promo_json_node &x = nodes_[a], &y = nodes_[b];
        return x.length == y.length && std::memcmp(bytes(x), bytes(y), x.length) == 0;
    }

    void note_name(Frame &frame, uint32_t name) {
        if (frame.count > filtered_members || frame.duplicate) return;
        const uint64_t bit = uint64_t(1) << (hash_name(bytes(nodes_[name]), nodes_[name].length) & 63);
        if (frame.filter & bit) {
            for (uint32_t i = frame.node + 1; i < name;) {
                if (same_name(i, name)) {
                    frame.duplicate = true;
                    break;
                }
                const promo_json_node &v = nodes_[i + 1];
                i = v.kind >= promo_json_array ? v.next : i + 2;
            }
        }
        frame.filter |= bit;
    }

    bool repeats_in_table(const Frame &frame) {
        size_t slots = 1;
        while (slots < size_t(frame.count) * 2) slots <<= 1;
        table_.assign(slots, 0);
        const uint32_t end = nodes_[frame.node].next;
        for (uint32_t i = frame.node + 1; i < end;) {
            // Robust against names chosen to collide: every byte counts, with a seed of the process's own.
            uint64_t h = seed();
            const uint8_t *p = bytes(nodes_[i]);
            for (uint32_t k = 0; k < nodes_[i].length; k++) h = (h ^ p[k]) * 0x100000001B3ull;
            h ^= h >> 29;
            h *= 0x9E3779B97F4A7C15ull;
            for (size_t slot = (h >> 20) & (slots - 1);; slot = (slot + 1) & (slots - 1)) {
                if (table_[slot] == 0) {
                    table_[slot] = i;
                    break;
                }
                if (same_name(table_[slot], i)) return true;
            }
            const promo_json_node &v = nodes_[i + 1];
            i = v.kind >= promo_json_array ? v.next : i + 2;
        }
        return false;
    }

    static uint64_t seed() {
        static const uint64_t value = [] {
            uint64_t v = 0xCBF29CE484222325ull;
            int local = 0;
            v ^= reinterpret_cast<uintptr_t>(&local) * 0x9E3779B97F4A7C15ull;  // address layout is random per process
            return v;
        }();
        return value;
    }

    const uint8_t *text_;
    size_t length_;
    const uint32_t *tokens_;
    uint32_t token_count_;
    uint32_t max_depth_;
    promo_json_node *nodes_ = nullptr;
    uint32_t count_ = 0;
    uint32_t duplicates_ = 0;
    uint8_t *arena_ = nullptr;
    size_t arena_used_ = 0;
    std::vector<Frame> stack_;
    std::vector<uint32_t> table_;
};

}  // namespace

struct promo_json_parser {
    std::unique_ptr<dom_parser_implementation> stage1;
};

extern "C" promo_json_parser *promo_json_parser_new(void) { return new (std::nothrow) promo_json_parser(); }

extern "C" void promo_json_parser_free(promo_json_parser *parser) { delete parser; }

extern "C" enum promo_json_error promo_json_parse(
    promo_json_parser *parser, const uint8_t *text, size_t length, uint32_t max_depth, promo_json_tape *tape,
    size_t *error_offset) try {
    *error_offset = 0;
    if (length >= UINT32_MAX) return promo_json_too_large;
    size_t blank = 0;
    while (blank < length && is_space(text[blank])) blank++;
    if (blank == length) return promo_json_empty;

    if (!parser->stage1 || parser->stage1->capacity() < length) {
        const size_t capacity = length < 65536 ? 65536 : length;
        parser->stage1.reset();
        if (simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, parser->stage1)
            != simdjson::SUCCESS)
            return promo_json_out_of_memory;
    }
    Failure failure;
    if (parser->stage1->stage1(text, length, simdjson::stage1_mode::regular) != simdjson::SUCCESS) {
        failure = {promo_json_expected_value, 0};
    } else {
        Builder builder(
            text, length, parser->stage1->structural_indexes.get(), parser->stage1->n_structural_indexes, max_depth);
        failure = builder.run(tape);
    }
    if (parser->stage1->capacity() > kept_capacity) parser->stage1.reset();
    if (failure.code != promo_json_ok && failure.code != promo_json_out_of_memory) {
        // The first stage gives no position, and treats a backslash between values as an escape.
        const Failure first = diagnose(text, length, max_depth);
        if (first.code != promo_json_ok) failure = first;
    }
    *error_offset = failure.offset;
    return failure.code;
} catch (const std::bad_alloc &) {
    *error_offset = 0;
    return promo_json_out_of_memory;
}

extern "C" void promo_json_tape_free(promo_json_tape *tape) {
    std::free(tape->nodes);
    std::free(tape->arena);
    tape->nodes = nullptr;
    tape->arena = nullptr;
    tape->count = 0;
}

extern "C" enum promo_json_error promo_json_tape_of_unread(
    const uint8_t *text, uint32_t length, promo_json_tape *tape) {
    *tape = promo_json_tape();
    auto *nodes = static_cast<promo_json_node *>(std::malloc(2 * sizeof(promo_json_node)));
    if (!nodes) return promo_json_out_of_memory;
    nodes[0] = {0, 1, 2, 2, promo_json_array, 0};
    switch (text[0]) {
    case '{': nodes[1] = {0, length, 2, 1, promo_json_object, promo_json_unread}; break;
    case '[': nodes[1] = {0, length, 2, 1, promo_json_array, promo_json_unread}; break;
    // Without its quotes, and with its escapes.
    case '"': nodes[1] = {0, length - 2, 0, 0, promo_json_string, 0}; break;
    default: nodes[1] = {0, length, 0, 0, promo_json_number, 0}; break;
    }
    tape->nodes = nodes;
    tape->count = 2;
    return promo_json_ok;
}
