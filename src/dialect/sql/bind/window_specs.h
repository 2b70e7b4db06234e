#pragma once

// What windows are made of: OVER with the named windows of its query.

#include <string_view>

#include "base/result.h"
#include "dialect/sql/ast/query.h"

namespace octavo::sql {

struct WindowSpec {
  std::string_view name;  // as messages have it
  List<Expr> partition_by;
  List<OrderItem> order_by;
  Ref<Frame> frame;
};

// WINDOW of a query block. What it points at outlives it.
class NamedWindows {
 public:
  explicit NamedWindows(const List<NamedWindow>& windows) : windows_(windows) {}

  // Of all of them, used or not: 3579 to 3583, 3591.
  Status check() const;
  // 3579, 3581 to 3583.
  Result<WindowSpec> spec_of(const Over& over) const;

 private:
  const NamedWindow* find(std::string_view name) const;
  Result<WindowSpec> spec_of(std::string_view name, const Window& window, std::size_t depth) const;

  const List<NamedWindow>& windows_;
};

}  // namespace octavo::sql
