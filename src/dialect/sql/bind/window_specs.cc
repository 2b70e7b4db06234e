#include "dialect/sql/bind/window_specs.h"

#include "dialect/sql/bind/names.h"
#include "dialect/sql/error/error.h"

namespace octavo::sql {
namespace {

constexpr std::string_view kUnnamed = "<unnamed window>";

}  // namespace

Status NamedWindows::check() const {
  for (const NamedWindow& window : windows_) {
    if (find(window.name) != &window) return error<3591>(window.name);
  }
  for (const NamedWindow& window : windows_) {
    TRY_STATUS(spec_of(window.name, window.window, 0));
  }
  return {};
}

// The first of that name; null: there is none.
const NamedWindow* NamedWindows::find(std::string_view name) const {
  for (const NamedWindow& window : windows_) {
    if (same_name(window.name, name)) return &window;
  }
  return nullptr;
}

Result<WindowSpec> NamedWindows::spec_of(const Over& over) const {
  if (over.name.empty()) return spec_of(kUnnamed, over.window, 0);
  const NamedWindow* const named = find(over.name);
  if (named == nullptr) return error<3579>(over.name);
  return spec_of(named->name, named->window, 0);
}

Result<WindowSpec> NamedWindows::spec_of(std::string_view name, const Window& window,
                                         std::size_t depth) const {
  if (depth > windows_.size()) return error<3580>();
  WindowSpec spec{.name = name,
                  .partition_by = window.partition_by,
                  .order_by = window.order_by,
                  .frame = window.frame};
  if (window.base.empty()) return spec;
  const NamedWindow* const named = find(window.base);
  if (named == nullptr) return error<3579>(window.base);
  TRY(const WindowSpec base, spec_of(named->name, named->window, depth + 1));
  if (!window.partition_by.empty()) return error<3581>();
  if (base.frame) return error<3582>(base.name);
  if (!base.order_by.empty() && !window.order_by.empty()) return error<3583>(name, base.name);
  spec.partition_by = base.partition_by;
  if (window.order_by.empty()) spec.order_by = base.order_by;
  return spec;
}

}  // namespace octavo::sql
