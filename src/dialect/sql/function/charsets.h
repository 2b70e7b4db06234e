#pragma once

// Texts as their character set has them: all are UTF-8 inside.

#include "base/bytes.h"
#include "base/result.h"
#include "dialect/sql/function/arguments.h"

namespace octavo::sql {

// The bytes of a text in the character set of a collation; those of bytes as they are.
Bytes encoded(std::string_view text, const value::Collation& collation);
// Of the argument `text`, in the set of the collation that the argument `collation` is.
Result<Bytes> encoded_at(Args args, std::size_t text, std::size_t collation);

}  // namespace octavo::sql
