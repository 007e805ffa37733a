#include "grammar.h"

namespace promo {

size_t utf8_sequence(const uint8_t *p, size_t left) {
    const uint8_t c = p[0];
    if (c < 0x80) return 1;
    auto continues = [&](size_t i) { return i < left && (p[i] & 0xC0) == 0x80; };
    if (c >= 0xC2 && c <= 0xDF) return continues(1) ? 2 : 0;
    if (c >= 0xE0 && c <= 0xEF) {
        if (!continues(1) || !continues(2)) return 0;
        if (c == 0xE0 && p[1] < 0xA0) return 0;
        if (c == 0xED && p[1] > 0x9F) return 0;  // surrogates
        return 3;
    }
    if (c >= 0xF0 && c <= 0xF4) {
        if (!continues(1) || !continues(2) || !continues(3)) return 0;
        if (c == 0xF0 && p[1] < 0x90) return 0;
        if (c == 0xF4 && p[1] > 0x8F) return 0;
        return 4;
    }
    return 0;
}

Failure locate(const uint8_t *text, size_t length) {
    bool in_string = false;
    size_t opened = 0;
    for (size_t i = 0; i < length;) {
        const uint8_t c = text[i];
        const size_t n = utf8_sequence(text + i, length - i);
        if (n == 0) return {promo_json_invalid_utf8, i};
        if (in_string) {
            if (c == '\\') {
                i += 1;
                if (i < length) {
                    const size_t escaped = utf8_sequence(text + i, length - i);
                    if (escaped == 0) return {promo_json_invalid_utf8, i};
                    i += escaped;
                }
                continue;
            }
            if (c == '"') in_string = false;
            else if (c < 0x20) return {promo_json_control_character, i};
        } else if (c == '"') {
            in_string = true;
            opened = i;
        }
        i += n;
    }
    if (in_string) return {promo_json_unterminated_string, opened};
    return {};
}

}  // namespace promo
