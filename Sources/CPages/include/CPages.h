// The console's pages, as bytes in the binary.
#ifndef PROMO_CPAGES_H
#define PROMO_CPAGES_H

#include <stddef.h>

typedef struct promo_embedded_page {
    /// Name in Sources/Console/Pages.
    const char *name;
    const unsigned char *bytes;
    size_t count;
} promo_embedded_page;

/// All of them.
const promo_embedded_page *promo_embedded_pages(size_t *count);

#endif
