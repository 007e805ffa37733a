#ifndef PROMO_CMONGOC_SHIM_H
#define PROMO_CMONGOC_SHIM_H

#include <mongoc/mongoc.h>

#endif
