#pragma once

// Which entries of an index a filter may be about. Whoever reads them looks at the rows: bounds
// only leave out rows for which the filter cannot hold.

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "algebra/plan.h"
#include "dialect/mongodb/index/key_pattern.h"
#include "dialect/mongodb/match/conditions.h"

namespace octavo::mongodb {

struct Bounds {
  std::variant<algebra::KeyRange, algebra::KeySet> keys;
  std::size_t equal_fields = 0;  // leading ones with one value each
  bool ranged = false;           // the one behind those is in a range
  // The field at that place is of one bracket of types within the bounds, whose order is that of
  // the index. (All of it: equal fields say nothing about order.)
  bool ordered_field = false;
  std::size_t exact_keys = 0;        // of a KeySet
  std::vector<value::Value> prefix;  // the values of the equal fields, as entries have them

  bool any() const { return equal_fields != 0 || ranged || exact_keys != 0; }
};

// Of an index over such a key. `multikey`: some document has several entries, so that two
// conditions of one path may hold for different elements, and only one of them bounds. No bounds:
// all entries. `order`: the collation of the index; conditions of another one bound nothing where
// they are about strings.
Bounds bounds_of(const Conditions& conditions, const KeyPattern& pattern, bool multikey,
                 const CollatedOrder& order = {});

// Of an index whose entries are [path, value], for the values at a path. What is missing and
// documents that are not empty have no entries: no bounds where the conditions may be about those.
Bounds wildcard_bounds(const Conditions& conditions, std::span<const std::string> path);

// The same as bounds_of of the primary key, whose values stand as they are, strings by their bytes.
// `name`: what the key is called.
Bounds primary_bounds(const Conditions& conditions, std::string_view name);

// The range of entries that begin with `prefix` (in the form of entries) and go on with a key of
// the range; of an index over one field, without a prefix, the range itself.
algebra::KeyRange below_prefix(const std::vector<value::Value>& prefix,
                               const algebra::KeyRange& range, std::size_t fields);

// Whether the bounds are better than the others: for choosing among indexes.
bool is_better(const Bounds& a, const Bounds& b);

}  // namespace octavo::mongodb
