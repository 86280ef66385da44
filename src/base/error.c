/*
 * base/error.c - the one error domain of Usher
 */
#include "usher/base/error.h"

G_DEFINE_QUARK(usher - error - quark, usher_error)
