internal import CThreadExecutors

/// malloc configuration of the process.
package enum Arenas {
    /// Limits glibc to two arenas instead of eight per core: memory freed by one thread is reused by others, which
    /// saves about 5 MB under full load. Keeps up to 8 MB of freed memory in each, and maps what is larger than 4 MB by
    /// itself: a batch's buffers, of a megabyte, would else go back to the kernel after each batch and be zeroed by it for
    /// the next one. Call before the first thread starts.
    package static func configure() {
        promo_malloc_set_arenas(2)
        promo_malloc_keep(8 << 20, 4 << 20)
    }
}
