/*
 * base/domain.h - registrable domains (libpsl)
 */
#ifndef USHER_BASE_DOMAIN_H
#define USHER_BASE_DOMAIN_H

#include <glib.h>

/*
 * The registrable part of a domain by the public suffix list: "mail.smith.co.uk" gives "smith.co.uk". The domain itself
 * when it has none. Lower case; the caller owns the text.
 */
char *domain_get_registrable(const char *domain);

/* TRUE when `domain` is `parent` or lies below it. Case does not matter. */
gboolean domain_is_within(const char *domain, const char *parent);

#endif
