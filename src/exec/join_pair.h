#pragma once

// What a join puts out of two rows.

#include <string>

#include "value/maker.h"

namespace octavo::exec {

inline value::Value join_pair(const value::Value& left, const value::Value& right) {
  value::ObjectMaker pair(2);
  pair.append(std::string("left"), left);
  pair.append(std::string("right"), right);
  return std::move(pair).finish();
}

}  // namespace octavo::exec
