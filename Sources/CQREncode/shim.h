// SPDX-License-Identifier: Apache-2.0
#ifndef DOORWARD_CQRENCODE_SHIM_H
#define DOORWARD_CQRENCODE_SHIM_H

#if !__has_include(<qrencode.h>)
#error "libqrencode headers are missing: install libqrencode-dev"
#endif

#include <qrencode.h>

#endif
