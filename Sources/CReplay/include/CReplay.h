// What Glibc's module map hides from Swift: statx(2).
#ifndef PROMO_CREPLAY_H
#define PROMO_CREPLAY_H

/// When an open file was made, in nanoseconds since 1970; 0 where its file system does not tell.
long long promo_file_birth(int descriptor);

#endif
