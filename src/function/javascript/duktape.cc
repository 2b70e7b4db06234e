// Duktape itself, from the source in Debian's package.

#define OCTAVO_BUILDS_DUKTAPE
#include "function/javascript/duktape_config.h"
