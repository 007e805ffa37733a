// What Glibc's module map hides from Swift: statx(2).
#ifndef PROMO_CFILESOURCE_H
#define PROMO_CFILESOURCE_H

/// Creation time of an open file, in nanoseconds since 1970; 0 if the file system has none.
long long promo_file_birth(int descriptor);

#endif
