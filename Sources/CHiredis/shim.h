// SPDX-License-Identifier: Apache-2.0
#ifndef DOORWARD_CHIREDIS_SHIM_H
#define DOORWARD_CHIREDIS_SHIM_H

#if !__has_include(<hiredis/hiredis.h>)
#error "hiredis headers are missing: install libhiredis-dev"
#endif

#include <hiredis/hiredis.h>

#endif
