#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "value/value.h"

namespace octavo::catalog {

// What protocols keep with a definition for themselves, each under its name. Nobody else reads it.
class PerProtocol {
 public:
  // Null: it keeps nothing.
  const value::Value& of(std::string_view protocol) const {
    static const value::Value none;
    const auto it = values_.find(protocol);
    return it == values_.end() ? none : it->second;
  }
  void set(std::string_view protocol, value::Value value) {
    values_.insert_or_assign(std::string(protocol), std::move(value));
  }
  const std::map<std::string, value::Value, std::less<>>& all() const { return values_; }

 private:
  std::map<std::string, value::Value, std::less<>> values_;
};

}  // namespace octavo::catalog
