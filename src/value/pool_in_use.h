#pragma once

#include "base/memory_pool.h"

namespace octavo::value {

// Of which pool the account in use on this thread takes (value/account.h), so that threads that do
// a part of its work have accounts of their own beside it; null: none is in use.
MemoryPool* pool_in_use() noexcept;

}  // namespace octavo::value
