#define _GNU_SOURCE
#include "CFileSource.h"

#include <fcntl.h>
#include <sys/stat.h>

long long promo_file_birth(int descriptor) {
    struct statx status;
    if (statx(descriptor, "", AT_EMPTY_PATH, STATX_BTIME, &status) != 0 || !(status.stx_mask & STATX_BTIME)) return 0;
    return status.stx_btime.tv_sec * 1000000000LL + status.stx_btime.tv_nsec;
}
