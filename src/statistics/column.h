#pragma once

// What is known of the values of one column, or of one field of rows that declare none.
//
// Common values are kept one by one; the others by an equi-depth histogram: as many rows are
// between two neighbouring bounds as between any others (Piatetsky-Shapiro and Connell, "Accurate
// Estimation of the Number of Tuples Satisfying a Condition", 1984). Shares are of all rows, from 0
// to 1.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "value/value.h"

namespace octavo::statistics {

// Texts and bytes are cut behind so many: they are compared with, and never given to anybody.
constexpr std::size_t kMostValueBytes = 64;
constexpr std::size_t kMostCommon = 32;
constexpr std::size_t kBounds = 65;  // of 64 parts

struct CommonValue {
  value::Value value;
  double share = 0;
};

struct Column {
  std::string name;
  double distinct = 0;     // of values that are not null
  double null_share = 0;   // of rows in which it is null or missing
  double value_bytes = 0;  // of one that is there, on average
  // The most frequent ones first.
  std::vector<CommonValue> common = {};
  // Ascending: the least of the others, and the last one of each part.
  std::vector<value::Value> bounds = {};

  // The part of the rows whose value is this one.
  double equal_to(const value::Value& value) const;
  // Whose value is less, or with `or_equal` this one at most. Nothing: they do not compare with it.
  std::optional<double> below(const value::Value& value, bool or_equal) const;
  // Of texts that begin so, bytewise.
  std::optional<double> begins_with(std::string_view prefix) const;
  // Of the rows that are neither null nor common.
  double other_share() const;
};

}  // namespace octavo::statistics
