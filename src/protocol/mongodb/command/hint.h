#pragma once

// Which index a client wants to be used: by its name, its key, or none at all ($natural).

#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb {

// 9 for what is neither a string nor a document; 2 for {$natural: …} that is no direction. Null:
// none was given. Whether there is such an index is found out where it is used.
Status check_hint(const value::Value* hint);

}  // namespace octavo::mongodb
