#pragma once

// The order that $push's $sort brings elements into.

#include <vector>

#include "base/result.h"
#include "dialect/mongodb/expression/collation.h"
#include "value/value.h"

namespace octavo::mongodb {

class ElementOrder {
 public:
  // 1 or -1: of the elements; {a: 1, "b.c": -1}: of their fields. bad_value for all else.
  static Result<ElementOrder> parse(const value::Value& spec, CollatedOrder collated);

  // Equal elements stay in their order.
  void sort(std::vector<value::Value>& elements) const;

 private:
  struct Key {
    std::vector<value::Value> names;  // none: the element
    bool descending = false;
  };
  static Result<Key> key_of(const value::Field& field);
  static std::vector<value::Value> keys_of(const value::Value& element,
                                           const std::vector<Key>& keys);

  std::vector<Key> keys_;
  CollatedOrder collated_;
};

}  // namespace octavo::mongodb
