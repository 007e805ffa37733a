// Grammar rules shared by the parser and the outline scanner, and the position of errors.
#ifndef PROMO_GRAMMAR_H
#define PROMO_GRAMMAR_H

#include "CSimdJSON.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace promo {

struct Failure {
    promo_json_error code = promo_json_ok;
    size_t offset = 0;
};

inline bool is_space(uint8_t c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
inline bool ends_scalar(uint8_t c) { return is_space(c) || c == ',' || c == ']' || c == '}' || c == ':'; }
inline bool is_digit(uint8_t c) { return uint8_t(c - '0') <= 9; }

// The end of the number that begins at p, or null if there is no number. Sets `fractional` if it has a fraction or an exponent.
inline const uint8_t *number_end(const uint8_t *p, const uint8_t *end, bool &fractional) {
    if (*p == '-') p++;
    if (p == end || !is_digit(*p)) return nullptr;
    if (*p == '0') p++;
    else while (p < end && is_digit(*p)) p++;
    if (p < end && *p == '.') {
        fractional = true;
        p++;
        if (p == end || !is_digit(*p)) return nullptr;
        while (p < end && is_digit(*p)) p++;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        fractional = true;
        p++;
        if (p < end && (*p == '+' || *p == '-')) p++;
        if (p == end || !is_digit(*p)) return nullptr;
        while (p < end && is_digit(*p)) p++;
    }
    return p < end && !ends_scalar(*p) ? nullptr : p;
}

// Whether this word stands at p and ends there.
inline bool is_literal(const uint8_t *p, const uint8_t *end, const char *word, size_t n) {
    return size_t(end - p) >= n && std::memcmp(p, word, n) == 0 && (p + n == end || ends_scalar(p[n]));
}

// Four hexadecimal digits at p, or -1. Reads at most up to the first other character.
inline int32_t hex4(const uint8_t *p) {
    int32_t v = 0;
    for (int i = 0; i < 4; i++) {
        const uint8_t c = p[i];
        int d;
        if (is_digit(c)) d = c - '0';
        else if (c >= 'a' && c <= 'f') d = c - 'a' + 10;
        else if (c >= 'A' && c <= 'F') d = c - 'A' + 10;
        else return -1;
        v = v * 16 + d;
    }
    return v;
}

// Appends a character and returns the end.
inline uint8_t *append_utf8(uint8_t *out, uint32_t s) {
    if (s < 0x80) {
        *out++ = uint8_t(s);
    } else if (s < 0x800) {
        *out++ = uint8_t(0xC0 | (s >> 6));
        *out++ = uint8_t(0x80 | (s & 0x3F));
    } else if (s < 0x10000) {
        *out++ = uint8_t(0xE0 | (s >> 12));
        *out++ = uint8_t(0x80 | ((s >> 6) & 0x3F));
        *out++ = uint8_t(0x80 | (s & 0x3F));
    } else {
        *out++ = uint8_t(0xF0 | (s >> 18));
        *out++ = uint8_t(0x80 | ((s >> 12) & 0x3F));
        *out++ = uint8_t(0x80 | ((s >> 6) & 0x3F));
        *out++ = uint8_t(0x80 | (s & 0x3F));
    }
    return out;
}

// The length of the valid UTF-8 sequence at p, or 0.
size_t utf8_sequence(const uint8_t *p, size_t left);

// simdjson reports invalid characters without their position. This scalar walk, only ever made after it failed,
// finds the position; `promo_json_ok` if they are valid.
Failure locate(const uint8_t *text, size_t length);

// The first error of a text, scanned from its beginning: the one that both report.
Failure diagnose(const uint8_t *text, size_t length, uint32_t max_depth);

}  // namespace promo

#endif
