#pragma once

// The argument of an environment's source: `native`.

#include "function/javascript/core.h"

namespace octavo::javascript {

void push_natives(duk_context* machine);

}  // namespace octavo::javascript
