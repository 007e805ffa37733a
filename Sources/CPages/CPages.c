#include "CPages.h"

// #embed is of C23; clang has it in every mode and says so.
#pragma clang diagnostic ignored "-Wc23-extensions"

// A file added to Sources/Console/Pages is named here twice; a test compares the folder with the list.
static const unsigned char page_api_js[] = {
#embed "../Console/Pages/api.js"
};
static const unsigned char page_app_js[] = {
#embed "../Console/Pages/app.js"
};
static const unsigned char page_bulk_js[] = {
#embed "../Console/Pages/bulk.js"
};
static const unsigned char page_catalogs_js[] = {
#embed "../Console/Pages/catalogs.js"
};
static const unsigned char page_dialogs_js[] = {
#embed "../Console/Pages/dialogs.js"
};
static const unsigned char page_difference_js[] = {
#embed "../Console/Pages/difference.js"
};
static const unsigned char page_dom_js[] = {
#embed "../Console/Pages/dom.js"
};
static const unsigned char page_editor_js[] = {
#embed "../Console/Pages/editor.js"
};
static const unsigned char page_engines_js[] = {
#embed "../Console/Pages/engines.js"
};
static const unsigned char page_events_js[] = {
#embed "../Console/Pages/events.js"
};
static const unsigned char page_feeds_js[] = {
#embed "../Console/Pages/feeds.js"
};
static const unsigned char page_icon_svg[] = {
#embed "../Console/Pages/icon.svg"
};
static const unsigned char page_index_html[] = {
#embed "../Console/Pages/index.html"
};
static const unsigned char page_letter_js[] = {
#embed "../Console/Pages/letter.js"
};
static const unsigned char page_letters_js[] = {
#embed "../Console/Pages/letters.js"
};
static const unsigned char page_mappings_js[] = {
#embed "../Console/Pages/mappings.js"
};
static const unsigned char page_messages_js[] = {
#embed "../Console/Pages/messages.js"
};
static const unsigned char page_openapi_json[] = {
#embed "../Console/Pages/openapi.json"
};
static const unsigned char page_overview_js[] = {
#embed "../Console/Pages/overview.js"
};
static const unsigned char page_postings_js[] = {
#embed "../Console/Pages/postings.js"
};
static const unsigned char page_pushes_js[] = {
#embed "../Console/Pages/pushes.js"
};
static const unsigned char page_settings_js[] = {
#embed "../Console/Pages/settings.js"
};
static const unsigned char page_spanish_js[] = {
#embed "../Console/Pages/spanish.js"
};
static const unsigned char page_style_css[] = {
#embed "../Console/Pages/style.css"
};
static const unsigned char page_words_js[] = {
#embed "../Console/Pages/words.js"
};

static const promo_embedded_page pages[] = {
    {"api.js", page_api_js, sizeof page_api_js},
    {"app.js", page_app_js, sizeof page_app_js},
    {"bulk.js", page_bulk_js, sizeof page_bulk_js},
    {"catalogs.js", page_catalogs_js, sizeof page_catalogs_js},
    {"dialogs.js", page_dialogs_js, sizeof page_dialogs_js},
    {"difference.js", page_difference_js, sizeof page_difference_js},
    {"dom.js", page_dom_js, sizeof page_dom_js},
    {"editor.js", page_editor_js, sizeof page_editor_js},
    {"engines.js", page_engines_js, sizeof page_engines_js},
    {"events.js", page_events_js, sizeof page_events_js},
    {"feeds.js", page_feeds_js, sizeof page_feeds_js},
    {"icon.svg", page_icon_svg, sizeof page_icon_svg},
    {"index.html", page_index_html, sizeof page_index_html},
    {"letter.js", page_letter_js, sizeof page_letter_js},
    {"letters.js", page_letters_js, sizeof page_letters_js},
    {"mappings.js", page_mappings_js, sizeof page_mappings_js},
    {"messages.js", page_messages_js, sizeof page_messages_js},
    {"openapi.json", page_openapi_json, sizeof page_openapi_json},
    {"overview.js", page_overview_js, sizeof page_overview_js},
    {"postings.js", page_postings_js, sizeof page_postings_js},
    {"pushes.js", page_pushes_js, sizeof page_pushes_js},
    {"settings.js", page_settings_js, sizeof page_settings_js},
    {"spanish.js", page_spanish_js, sizeof page_spanish_js},
    {"style.css", page_style_css, sizeof page_style_css},
    {"words.js", page_words_js, sizeof page_words_js},
};

const promo_embedded_page *promo_embedded_pages(size_t *count) {
    *count = sizeof pages / sizeof *pages;
    return pages;
}
