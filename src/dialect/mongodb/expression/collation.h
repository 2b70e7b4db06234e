#pragma once

// Collations: how strings are compared, by the rules of a language (MongoDB manual, "Collation").
// Values that hold strings, at any depth, compare by them; names of fields do not.
//
// A collation goes with the calls that compare, as an option that has its name: a text which says
// all of its rules and the version of them, so that what is stored (the functions of indexes,
// validators) is either what it was or an error. Nothing: strings compare by their bytes.

#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "algebra/expr.h"
#include "base/result.h"
#include "dialect/mongodb/expression/operation.h"
#include "dialect/mongodb/expression/variables.h"
#include "value/value.h"

namespace octavo::mongodb {

namespace operation_flag {
// It compares values, so that it is to know how (beside the bits in operation.h).
constexpr std::uint16_t kCompares = 1 << 8;
}  // namespace operation_flag

// --- What it is ---

// {locale: "de", strength: 1}, whose fields are of the right types and in their ranges, with all
// that the locale says of what is not given, in MongoDB's order. 2 for a locale that is not known,
// and for options that do not go together. "simple" is none that this knows.
Result<value::Value> full_collation(const value::Value& document);

// The name of what full_collation gave; empty for a null pointer.
std::string collation_name(const value::Value* full);

// The rules of one, ready for use. Shared by threads.
class Collation;
using CollationPtr = std::shared_ptr<const Collation>;

// The order of values by bytes, or under a collation. Cheap to copy.
class CollatedOrder {
 public:
  CollatedOrder() = default;
  // `unsupported`: the name is of other rules than those that are here.
  static Result<CollatedOrder> of(std::string_view name);

  std::string_view name() const;  // empty: by bytes
  std::strong_ordering compare(const value::Value& a, const value::Value& b) const;
  bool less(const value::Value& a, const value::Value& b) const { return compare(a, b) < 0; }
  bool equal(const value::Value& a, const value::Value& b) const { return compare(a, b) == 0; }
  // A value that value::Order::bson compares with others of its kind as this does the values that
  // they were made of: strings are replaced by their sort keys, which are no text.
  value::Value key_of(const value::Value& value) const;

 private:
  CollationPtr collation_;
};

// For sets and maps.
struct CollatedLess {
  CollatedOrder order = {};
  bool operator()(const value::Value& a, const value::Value& b) const { return order.less(a, b); }
};

// Whether it matters to the value how strings are compared.
bool has_text(const value::Value& value);

// --- How it goes with expressions ---

// What everything that is parsed with these variables compares by.
Variables with_collation(const Variables& variables, std::string_view name);
std::string_view collation_of(const Variables& variables);

// The expression with the option in all calls that compare and have none. Whoever makes calls that
// the parsers of this room and of `match` do not see has to do that.
algebra::ExprPtr collate(const algebra::ExprPtr& expression, std::string_view name);
// The option, for aggregates and others that are no calls; none for no collation.
std::vector<algebra::Option> collation_options(std::string_view name);

// By what a call compares, or an aggregate.
Result<CollatedOrder> collated_order(std::span<const algebra::Option> options);
inline Result<CollatedOrder> collated_order(const OperationCall& call) {
  return collated_order(call.call.options);
}
inline Result<CollatedOrder> collated_order(const Variables& variables) {
  return CollatedOrder::of(collation_of(variables));
}

}  // namespace octavo::mongodb
