#pragma once

// Paths to fields inside values: names separated by points, as MongoDB, Elasticsearch and index
// definitions write them. A segment of digits is a name for objects and a position for arrays.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "value/document.h"
#include "value/value.h"

namespace octavo::value {

class Path {
 public:
  struct Segment {
    std::string name;
    std::optional<std::size_t> position;  // when the name is digits without leading zeros

    friend bool operator==(const Segment&, const Segment&) = default;
  };

  Path() = default;  // the value itself
  explicit Path(std::vector<std::string> names);
  // "a.b.0"; no segment may be empty. The empty text is the value itself.
  static Result<Path> parse(std::string_view dotted);

  const std::vector<Segment>& segments() const { return segments_; }
  bool empty() const { return segments_.empty(); }
  // True for `a` and `a.b`, and for equal paths: a change of one may change the other.
  bool is_prefix_of(const Path& other) const;
  std::string to_string() const;

  friend bool operator==(const Path&, const Path&) = default;

 private:
  std::vector<Segment> segments_;
};

// Through objects only, as declared columns and ReQL selectors see it; nullptr when absent.
const Value* find(const Value& root, const Path& path);
std::optional<DocumentView> find(DocumentView root, const Path& path);

// Through objects and, where an array is met, its element at the position and also all its
// elements that are objects, as MongoDB's queries and multikey indexes see it. Calls `visit` for
// each value at the path, in document order; stops when `visit` returns false.
void visit_all(const Value& root, const Path& path, const std::function<bool(const Value&)>& visit);

// `root` with `value` at the path: missing objects on the way are made, positions in arrays are
// followed and grow the array with nulls. `type_mismatch` when the way is blocked by a scalar,
// `out_of_range` for a position more than kMaxArrayGrowth beyond the end.
constexpr std::size_t kMaxArrayGrowth = 1'500'000;
Result<Value> set_at(const Value& root, const Path& path, Value value);
// Without the field at the path; an array element becomes null. Unchanged when it is absent.
Value erase_at(const Value& root, const Path& path);

}  // namespace octavo::value
