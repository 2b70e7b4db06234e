#pragma once

// Helpers that terms in several files share.

#include "dialect/reql/read/term.h"

namespace octavo::reql {

// Element `index` of an array, selection or sequence; negative counts from the end of an array.
Result<Val> nth_of(Env& env, Args& args, const Val& target, const Value& index);

// «Integer too large: 9007199254740992» beyond 32 bits.
Result<std::int32_t> small_integer(const Value& datum);
Result<std::int32_t> small_integer(Args& args, std::size_t i);

// `left_bound` or `right_bound`: true for "open".
Result<bool> open_bound(Args& args, std::string_view name, bool otherwise);

// Function or datum as a test of elements: a function, or equality with the datum.
Result<Function> element_test(Env& env, Args& args, std::size_t i);

}  // namespace octavo::reql
