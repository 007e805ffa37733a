// The definition files and meta-schemas that ship with the gateway, as bytes in the binary: nothing is read from disk at
// start, and nothing can be lost on the way to another machine.
#ifndef PROMO_CDEFINITIONS_H
#define PROMO_CDEFINITIONS_H

#include <stddef.h>

typedef struct promo_embedded_file {
    /// Name in Sources/Schemas/Definitions or Sources/Schemas/MetaSchemas, with ".json".
    const char *name;
    const unsigned char *bytes;
    size_t count;
} promo_embedded_file;

/// The catalogs' definitions, in order of their names.
const promo_embedded_file *promo_embedded_definitions(size_t *count);

/// The meta-schemas of draft 2020-12 and of the definition dialect.
const promo_embedded_file *promo_embedded_meta_schemas(size_t *count);

#endif
