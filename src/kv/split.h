#pragma once

// Cuts a range of keys where the store says that so many bytes lie before the cut.

#include <optional>

#include "kv/store.h"

namespace octavo::kv {

// A key between `begin` and `end`, not equal to either, so that about `bytes` lie from `begin` to
// it: half as many to twice as many, unless the keys are unlike each other or the store's estimate
// is coarse. Nothing where fewer than twice as many lie in the whole range, or no cut was found.
// `begin` is best the first key and `end` just behind the last one, which keeps the search short:
// some estimates.
std::optional<Bytes> split_key(const Store& store, Family family, BytesView begin, BytesView end,
                               std::uint64_t bytes);

}  // namespace octavo::kv
