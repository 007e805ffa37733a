#ifndef PROMO_CJQ_SHIM_H
#define PROMO_CJQ_SHIM_H

#include <jq.h>
#include <jv.h>

#endif
