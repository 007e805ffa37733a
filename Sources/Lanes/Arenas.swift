internal import CLanes

/// How the C library keeps memory, for the whole process.
package enum Arenas {
    /// Two arenas rather than eight for each core: what one lane frees another one then uses, and under full load the process
    /// is some 5 MB smaller. To be called before the first thread starts.
    package static func share() { promo_malloc_set_arenas(2) }
}
