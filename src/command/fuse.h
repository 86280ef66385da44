/*
 * command/fuse.h - the state of the fuse, as other commands show it too
 */
#ifndef USHER_COMMAND_FUSE_H
#define USHER_COMMAND_FUSE_H

#include "command.h"

json_t *fuse_to_json(const FuseState *fuse, const Rulebook *rulebook);

#endif
