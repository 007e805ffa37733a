#ifndef PROMO_CSTANDARDERROR_H
#define PROMO_CSTANDARDERROR_H

// Nothing to call: what this target does, it does before `main`.

#endif
