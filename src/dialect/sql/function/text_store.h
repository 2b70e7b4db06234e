#pragma once

// Texts on their way into a column, without an expression: what LOAD DATA writes.

#include <cstdint>
#include <string>

#include "dialect/sql/convert/zone.h"
#include "dialect/sql/function/store.h"

namespace octavo::sql {

// What the call that `bind_store` makes gives for a text or for bytes. Thread-safe.
class TextStore {
 public:
  // `text`: what is given. 1298: the zone of the session is none.
  static Result<TextStore> make(const Type& text, value::LogicalTypePtr column, std::string name,
                                StoreRule rule, const CallContext& context);

  Result<value::Value> store(const value::Value& text, function::EvalContext& context) const;

 private:
  value::LogicalTypePtr from_, column_;
  std::string name_;
  StoreRule rule_ = StoreRule::strict;
  SqlMode mode_ = 0;
  const Zone* zone_ = nullptr;
  std::int64_t today_ = 0;
};

}  // namespace octavo::sql
