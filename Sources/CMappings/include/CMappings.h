// The shipped feeds, as bytes in the binary: they run where no directory of mappings is given.
#ifndef PROMO_CMAPPINGS_H
#define PROMO_CMAPPINGS_H

#include <stddef.h>

typedef struct promo_embedded_mapping {
    /// Name in mappings/, with ".yaml".
    const char *name;
    const unsigned char *bytes;
    size_t count;
} promo_embedded_mapping;

/// The feeds of mappings/feeds, in order of their names.
const promo_embedded_mapping *promo_embedded_feeds(size_t *count);

#endif
