/*
 * base/error.h - the one error domain of Usher
 *
 * A GError means "could not do it". Its code says what follows from that, not what broke:
 *
 *   USHER_ERROR_RETRY   keep what you have and try again later (a lock, a full disk, a lost connection)
 *   USHER_ERROR_INPUT   this one input cannot be worked with: it goes to a person, the next one goes on
 *   USHER_ERROR_CONFIG  do not start, do not reload: the operator has to change something first
 *
 * The message names the thing in double quotes and tells the operator what to do. Whoever gets an error
 * returns it or logs it, never both. A function that fails leaves its outputs untouched.
 */
#ifndef USHER_BASE_ERROR_H
#define USHER_BASE_ERROR_H

#include <glib.h>

#define USHER_ERROR (usher_error_quark())

typedef enum {
    USHER_ERROR_RETRY,
    USHER_ERROR_INPUT,
    USHER_ERROR_CONFIG,
} UsherError;

GQuark usher_error_quark(void);

#endif
