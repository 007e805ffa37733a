// JSON text to a flat tape of tokens that keep their place in the text.
//
// simdjson finds the tokens and checks the encoding (its first stage); the second stage here builds a tape that, unlike
// the library's own, keeps where each token stands, so that numbers keep their digits and errors have a line and column.
#ifndef PROMO_CSIMDJSON_H
#define PROMO_CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes after the text that must be readable (their values do not matter).
#define PROMO_JSON_PADDING 64

enum promo_json_kind {
    promo_json_null = 0,
    promo_json_false = 1,
    promo_json_true = 2,
    promo_json_number = 3,
    promo_json_string = 4,
    promo_json_array = 5,
    promo_json_object = 6,
};

enum promo_json_flag {
    /// string: it held escapes; its value lies in the arena at `next`, not in the text.
    promo_json_escaped = 1,
    /// number: it has a fraction or an exponent.
    promo_json_fractional = 2,
    /// object: two of its members have the same name.
    promo_json_duplicate = 4,
    /// container: what is in it is not on the tape; `length` is the bytes of its text. The parser makes none.
    promo_json_unread = 8,
};

/// One token: 16 bytes. An object's members follow it as name, value, name, value; an array's elements one by one.
typedef struct promo_json_node {
    /// Offset in the text of the token's first byte (for a string, its quote).
    uint32_t start;
    /// string: bytes of its value. number, literal: bytes of its text. array: elements. object: members.
    uint32_t length;
    /// container: index of the node after its last descendant. escaped string: offset of its value in the arena.
    uint32_t next;
    /// container: levels of containers it spans, itself included (65535: that many or more).
    uint16_t height;
    uint8_t kind;
    uint8_t flags;
} promo_json_node;

typedef struct promo_json_tape {
    promo_json_node *nodes;
    uint32_t count;
    /// Objects with the flag `promo_json_duplicate`.
    uint32_t duplicates;
    uint8_t *arena;
} promo_json_tape;

enum promo_json_error {
    promo_json_ok = 0,
    promo_json_empty,
    promo_json_invalid_utf8,
    promo_json_control_character,
    promo_json_unterminated_string,
    promo_json_invalid_escape,
    promo_json_lone_surrogate,
    promo_json_invalid_number,
    promo_json_invalid_literal,
    promo_json_expected_value,
    promo_json_expected_name,
    promo_json_expected_colon,
    promo_json_expected_comma_or_end,
    promo_json_trailing_content,
    promo_json_unexpected_end,
    promo_json_too_deep,
    promo_json_too_large,
    promo_json_out_of_memory,
};

typedef struct promo_json_parser promo_json_parser;

/// A parser keeps its buffers between calls. One thread at a time. NULL when memory is short.
promo_json_parser *promo_json_parser_new(void);
void promo_json_parser_free(promo_json_parser *parser);

/// Parses one JSON text. On success fills `tape`, whose memory the caller gives back with `promo_json_tape_free`; on
/// failure returns the error and sets `*error_offset` to the byte it was found at.
enum promo_json_error promo_json_parse(
    promo_json_parser *parser, const uint8_t *text, size_t length, uint32_t max_depth, promo_json_tape *tape,
    size_t *error_offset);

void promo_json_tape_free(promo_json_tape *tape);

/// The tape of an array with one element, which is all of this text and is not parsed.
enum promo_json_error promo_json_tape_of_unread(const uint8_t *text, uint32_t length, promo_json_tape *tape);

/// The text of a member's name.
typedef struct promo_json_name {
    const uint8_t *bytes;
    size_t length;
} promo_json_name;

/// The outline of a text: its root and the array of its items.
typedef struct promo_json_outline {
    /// The first character of the outermost value.
    uint8_t root;
    /// Whether there is an array at the path.
    uint8_t is_found;
    /// Offset after its opening bracket, and of its closing one.
    size_t start;
    size_t end;
    uint64_t count;
} promo_json_outline;

/// Scans a whole text: finds the errors that `promo_json_parse` finds, at the same offsets, and the array that the
/// first members of these names lead to. The text needs no padding. Memory: the stack of open containers.
enum promo_json_error promo_json_outline_of(
    const uint8_t *text, size_t length, uint32_t max_depth, const promo_json_name *path, size_t path_count,
    promo_json_outline *outline, size_t *error_offset);

/// A range of consecutive array elements.
typedef struct promo_json_window {
    /// Offsets of the first one and after the last one.
    size_t start;
    size_t end;
    /// Offset of the next element, or of the closing bracket.
    size_t next;
    uint64_t count;
    /// Lower bound of the largest element's size as a BSON document.
    uint64_t stored;
} promo_json_window;

/// Takes as many elements from `start` on as fit the bounds, at least one, of an array in a text that
/// `promo_json_outline_of` accepted. `most_nodes`: maximum tokens of their tape.
promo_json_window promo_json_window_at(
    const uint8_t *text, size_t length, size_t start, uint64_t most_elements, size_t most_bytes, uint64_t most_nodes);

#ifdef __cplusplus
}
#endif
#endif
