// Scans a large JSON text without a tape: validates it, locates the array of its items, and finds how many of these fit into
// the memory of one batch. Keeps only the stack of open containers.
#include "CSimdJSON.h"
#include "grammar.h"

#include <simdjson.h>

#include <new>
#include <vector>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace {

using namespace promo;

struct Level {
    bool is_object;
    uint64_t count;
};

// Digits of an array's index, which is the name of the element in BSON.
inline uint64_t digits(uint64_t index) {
    uint64_t n = 1;
    while (index >= 10) {
        index /= 10;
        n++;
    }
    return n;
}

class Walk {
public:
    Walk(const uint8_t *text, size_t length, size_t at, uint32_t max_depth)
        : text_(text), length_(length), at_(at), max_depth_(max_depth) {}

    size_t at() const { return at_; }
    uint64_t nodes() const { return nodes_; }
    uint64_t stored() const { return stored_; }

    // Restarts counting.
    void reset() { nodes_ = stored_ = 0; }

    bool ended() {
        while (at_ < length_ && is_space(text_[at_])) at_++;
        return at_ == length_;
    }

    // The next character that is not white space; 0 at the end.
    uint8_t peek() { return ended() ? 0 : text_[at_]; }
    void step() { at_++; }

    // Reads a string; returns its bounds without the quotes. `least`: lower bound of its value's bytes.
    Failure string(size_t &start, size_t &end, uint64_t &least) {
        start = ++at_;
        bool escaped = false;
        for (;;) {
            if (!plain()) return {promo_json_unterminated_string, start - 1};
            const uint8_t c = text_[at_];
            if (c == '"') break;
            if (c != '\\') return {promo_json_control_character, at_};
            escaped = true;
            const Failure failure = escape();
            if (failure.code != promo_json_ok) return failure;
        }
        end = at_++;
        // The longest escape, \u0000, stands for one byte.
        least = escaped ? (end - start) / 6 : end - start;
        return {};
    }

    // Scans one value from the next character on; `outer`: number of containers around it.
    Failure value(uint32_t outer) {
        levels_.clear();
        for (;;) {
            if (ended()) return {promo_json_unexpected_end, length_};
            nodes_++;
            const size_t from = at_;
            const uint8_t c = text_[at_];
            if (c == '{' || c == '[') {
                if (outer + levels_.size() >= max_depth_) return {promo_json_too_deep, at_};
                at_++;
                stored_ += 5;
                levels_.push_back({c == '{', 0});
                if (peek() != (c == '{' ? '}' : ']')) {
                    const Failure failure = begin_element();
                    if (failure.code != promo_json_ok) return failure;
                    continue;
                }
            } else {
                const Failure failure = scalar(from, c);
                if (failure.code != promo_json_ok) return failure;
            }
            // A value is complete, and with it perhaps those around it.
            for (;;) {
                if (levels_.empty()) return {};
                if (ended()) return {promo_json_unexpected_end, length_};
                Level &level = levels_.back();
                if (text_[at_] == (level.is_object ? '}' : ']')) {
                    at_++;
                    levels_.pop_back();
                    continue;
                }
                if (level.count == 0) return {promo_json_expected_value, at_};
                if (text_[at_] != ',') return {promo_json_expected_comma_or_end, at_};
                at_++;
                const Failure failure = begin_element();
                if (failure.code != promo_json_ok) return failure;
                break;
            }
        }
    }

    // Reads a member's name and its colon; returns the name's bounds.
    Failure name(size_t &start, size_t &end, uint64_t &least) {
        if (ended()) return {promo_json_unexpected_end, length_};
        if (text_[at_] != '"') return {promo_json_expected_name, at_};
        const Failure failure = string(start, end, least);
        if (failure.code != promo_json_ok) return failure;
        if (ended()) return {promo_json_unexpected_end, length_};
        if (text_[at_] != ':') return {promo_json_expected_colon, at_};
        at_++;
        return {};
    }

private:
    Failure begin_element() {
        Level &level = levels_.back();
        level.count++;
        if (!level.is_object) {
            stored_ += 2 + digits(level.count - 1);
            return {};
        }
        nodes_++;
        size_t start, end;
        uint64_t least;
        const Failure failure = name(start, end, least);
        if (failure.code == promo_json_ok) stored_ += 2 + least;
        return failure;
    }

    Failure scalar(size_t from, uint8_t c) {
        const uint8_t *const p = text_ + from, *const end = text_ + length_;
        switch (c) {
        case '"': {
            size_t start, stop;
            uint64_t least;
            const Failure failure = string(start, stop, least);
            stored_ += 5 + least;
            return failure;
        }
        case 't': return literal(p, end, "true", 4);
        case 'f': return literal(p, end, "false", 5);
        case 'n': return literal(p, end, "null", 4);
        case '-': case '0': case '1': case '2': case '3': case '4':
        case '5': case '6': case '7': case '8': case '9': {
            bool fractional = false;
            const uint8_t *const stop = number_end(p, end, fractional);
            if (!stop) return {promo_json_invalid_number, from};
            at_ = size_t(stop - text_);
            stored_ += 8;
            return {};
        }
        default: return {promo_json_expected_value, from};
        }
    }

    Failure literal(const uint8_t *p, const uint8_t *end, const char *word, size_t n) {
        if (!is_literal(p, end, word, n)) return {promo_json_invalid_literal, size_t(p - text_)};
        at_ += n;
        if (*p != 'n') stored_ += 1;
        return {};
    }

    // Skips to the next quote, backslash or control character; false at the end of the text.
    bool plain() {
#if defined(__SSE2__)
        const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), last = _mm_set1_epi8(0x1F);
        while (at_ + 16 <= length_) {
            const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i *>(text_ + at_));
            const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, last), block);
            const __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash));
            const int found = _mm_movemask_epi8(_mm_or_si128(ends, control));
            if (found) {
                at_ += size_t(__builtin_ctz(unsigned(found)));
                return true;
            }
            at_ += 16;
        }
#endif
        while (at_ < length_ && text_[at_] != '"' && text_[at_] != '\\' && text_[at_] >= 0x20) at_++;
        return at_ < length_;
    }

    Failure escape() {
        const size_t from = at_;
        if (++at_ == length_) return {promo_json_unterminated_string, from};
        switch (text_[at_++]) {
        case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't': return {};
        case 'u': break;
        default: return {promo_json_invalid_escape, from};
        }
        if (length_ - at_ < 4) return {promo_json_invalid_escape, from};
        const int32_t unit = hex4(text_ + at_);
        if (unit < 0) return {promo_json_invalid_escape, from};
        at_ += 4;
        if (unit < 0xD800 || unit > 0xDFFF) return {};
        if (unit >= 0xDC00 || length_ - at_ < 6 || text_[at_] != '\\' || text_[at_ + 1] != 'u')
            return {promo_json_lone_surrogate, from};
        const int32_t low = hex4(text_ + at_ + 2);
        if (low < 0xDC00 || low > 0xDFFF) return {promo_json_lone_surrogate, from};
        at_ += 6;
        return {};
    }

    const uint8_t *const text_;
    const size_t length_;
    size_t at_;
    const uint32_t max_depth_;
    uint64_t nodes_ = 0;
    uint64_t stored_ = 0;
    std::vector<Level> levels_;
};

// Finds the array at a path of names, and validates the whole text.
class Outline {
public:
    Outline(
        const uint8_t *text, size_t length, uint32_t max_depth, const promo_json_name *path, size_t path_count,
        promo_json_outline *outline)
        : walk_(text, length, 0, max_depth), text_(text), length_(length), max_depth_(max_depth), path_(path),
          path_count_(path_count), outline_(outline) {}

    Failure run() {
        const Failure failure = find(0);
        if (failure.code != promo_json_ok) return failure;
        if (!walk_.ended()) return {promo_json_trailing_content, walk_.at()};
        return {};
    }

private:
    Failure find(size_t depth) {
        const uint8_t c = walk_.peek();
        if (depth == 0) outline_->root = c;
        const bool leads_on = depth < path_count_ ? c == '{' : c == '[';
        if (!leads_on) return walk_.value(uint32_t(depth));
        if (depth >= max_depth_) return {promo_json_too_deep, walk_.at()};
        walk_.step();
        return depth < path_count_ ? members(depth) : elements(depth);
    }

    Failure members(size_t depth) {
        bool found = false;
        for (uint64_t count = 0;; count++) {
            if (walk_.ended()) return {promo_json_unexpected_end, length_};
            if (count == 0 && walk_.peek() == '}') break;
            size_t start, end;
            uint64_t least;
            Failure failure = walk_.name(start, end, least);
            if (failure.code != promo_json_ok) return failure;
            const bool is_it = !found && is_name(start, end, path_[depth]);
            found = found || is_it;
            failure = is_it ? find(depth + 1) : walk_.value(uint32_t(depth + 1));
            if (failure.code != promo_json_ok) return failure;
            if (walk_.ended()) return {promo_json_unexpected_end, length_};
            if (walk_.peek() == '}') break;
            if (walk_.peek() != ',') return {promo_json_expected_comma_or_end, walk_.at()};
            walk_.step();
            if (walk_.ended()) return {promo_json_unexpected_end, length_};
        }
        walk_.step();
        return {};
    }

    // Whether the name in the text equals this one. Its escapes must be valid.
    bool is_name(size_t start, size_t end, const promo_json_name &wanted) const {
        size_t own = 0;
        for (size_t at = start; at < end;) {
            uint8_t bytes[4] = {text_[at]};
            size_t n = 1;
            if (text_[at] == '\\') {
                at++;
                n = unescape(at, bytes);
            } else {
                at++;
            }
            if (wanted.length - own < n || std::memcmp(wanted.bytes + own, bytes, n) != 0) return false;
            own += n;
        }
        return own == wanted.length;
    }

    // Decodes the escape whose backslash precedes `at`; moves past it.
    size_t unescape(size_t &at, uint8_t *out) const {
        const uint8_t c = text_[at++];
        switch (c) {
        case 'b': *out = '\b'; return 1;
        case 'f': *out = '\f'; return 1;
        case 'n': *out = '\n'; return 1;
        case 'r': *out = '\r'; return 1;
        case 't': *out = '\t'; return 1;
        case 'u': break;
        default: *out = c; return 1;
        }
        uint32_t scalar = uint32_t(hex4(text_ + at));
        at += 4;
        if (scalar >= 0xD800 && scalar <= 0xDFFF) {
            scalar = 0x10000 + ((scalar - 0xD800) << 10) + (uint32_t(hex4(text_ + at + 2)) - 0xDC00);
            at += 6;
        }
        return size_t(append_utf8(out, scalar) - out);
    }

    Failure elements(size_t depth) {
        outline_->start = walk_.at();
        for (outline_->count = 0;; outline_->count++) {
            if (walk_.ended()) return {promo_json_unexpected_end, length_};
            if (outline_->count == 0 && walk_.peek() == ']') break;
            const Failure failure = walk_.value(uint32_t(depth + 1));
            if (failure.code != promo_json_ok) return failure;
            if (walk_.ended()) return {promo_json_unexpected_end, length_};
            if (walk_.peek() == ']') {
                outline_->count++;
                break;
            }
            if (walk_.peek() != ',') return {promo_json_expected_comma_or_end, walk_.at()};
            walk_.step();
        }
        outline_->end = walk_.at();
        outline_->is_found = 1;
        walk_.step();
        return {};
    }

    Walk walk_;
    const uint8_t *const text_;
    const size_t length_;
    const uint32_t max_depth_;
    const promo_json_name *const path_;
    const size_t path_count_;
    promo_json_outline *const outline_;
};

Failure outline_of(
    const uint8_t *text, size_t length, uint32_t max_depth, const promo_json_name *path, size_t path_count,
    promo_json_outline *outline) {
    if (!simdjson::validate_utf8(reinterpret_cast<const char *>(text), length)) return locate(text, length);
    return Outline(text, length, max_depth, path, path_count, outline).run();
}

}  // namespace

Failure promo::diagnose(const uint8_t *text, size_t length, uint32_t max_depth) {
    promo_json_outline outline = promo_json_outline();
    return outline_of(text, length, max_depth, nullptr, 0, &outline);
}

extern "C" enum promo_json_error promo_json_outline_of(
    const uint8_t *text, size_t length, uint32_t max_depth, const promo_json_name *path, size_t path_count,
    promo_json_outline *outline, size_t *error_offset) try {
    *outline = promo_json_outline();
    *error_offset = 0;
    if (length >= UINT32_MAX) return promo_json_too_large;
    size_t blank = 0;
    while (blank < length && is_space(text[blank])) blank++;
    if (blank == length) return promo_json_empty;

    const Failure failure = outline_of(text, length, max_depth, path, path_count, outline);
    *error_offset = failure.offset;
    return failure.code;
} catch (const std::bad_alloc &) {
    *error_offset = 0;
    return promo_json_out_of_memory;
}

extern "C" promo_json_window promo_json_window_at(
    const uint8_t *text, size_t length, size_t start, uint64_t most_elements, size_t most_bytes, uint64_t most_nodes) try {
    promo_json_window window = promo_json_window();
    Walk walk(text, length, start, UINT32_MAX);
    walk.peek();
    window.start = window.end = window.next = walk.at();
    uint64_t nodes = 0;
    while (window.count < most_elements && walk.peek() != ']') {
        walk.reset();
        if (walk.value(0).code != promo_json_ok) break;
        nodes += walk.nodes();
        if (window.count > 0 && (walk.at() - window.start > most_bytes || nodes > most_nodes)) break;
        window.end = walk.at();
        window.count++;
        if (walk.stored() > window.stored) window.stored = walk.stored();
        if (walk.peek() == ',') walk.step();
        walk.peek();
        window.next = walk.at();
    }
    return window;
} catch (const std::bad_alloc &) {
    return promo_json_window();
}
