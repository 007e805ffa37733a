#include "CMappings.h"

// #embed is of C23; clang has it in every mode and says so.
#pragma clang diagnostic ignored "-Wc23-extensions"

// A file added to mappings/feeds is named here twice; a test compares the folder with the list.
static const unsigned char feed_engine_status[] = {
#embed "../../mappings/feeds/engine-status.yaml"
};
static const unsigned char feed_limit_status[] = {
#embed "../../mappings/feeds/limit-status.yaml"
};
static const unsigned char feed_loyalty_card[] = {
#embed "../../mappings/feeds/loyalty-card.yaml"
};
static const unsigned char feed_promotion_cache[] = {
#embed "../../mappings/feeds/promotion-cache.yaml"
};
static const unsigned char feed_promotions[] = {
#embed "../../mappings/feeds/promotions.yaml"
};
static const unsigned char feed_transactions[] = {
#embed "../../mappings/feeds/transactions.yaml"
};

static const promo_embedded_mapping feeds[] = {
    {"feeds/engine-status.yaml", feed_engine_status, sizeof feed_engine_status},
    {"feeds/limit-status.yaml", feed_limit_status, sizeof feed_limit_status},
    {"feeds/loyalty-card.yaml", feed_loyalty_card, sizeof feed_loyalty_card},
    {"feeds/promotion-cache.yaml", feed_promotion_cache, sizeof feed_promotion_cache},
    {"feeds/promotions.yaml", feed_promotions, sizeof feed_promotions},
    {"feeds/transactions.yaml", feed_transactions, sizeof feed_transactions},
};

const promo_embedded_mapping *promo_embedded_feeds(size_t *count) {
    *count = sizeof feeds / sizeof *feeds;
    return feeds;
}
