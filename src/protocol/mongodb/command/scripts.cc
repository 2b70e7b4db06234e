#include "protocol/mongodb/command/scripts.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "dialect/mongodb/javascript/script.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::string_view kWhere = "$where";
constexpr std::string_view kFunction = "$function";
constexpr std::array<std::string_view, 5> kOperators{kWhere, kFunction, "$accumulator",
                                                     "$_internalJsEmit", "$_internalJsReduce"};
constexpr std::size_t kMostLooks = 2'000;

class Search {
 public:
  explicit Search(std::span<const std::string_view> names) : names_(names) {}

  bool in(const Value& value) {
    if (++looks_ > kMostLooks) return true;
    if (value.is_array()) {
      return std::ranges::any_of(value.as_array(), [this](const Value& part) { return in(part); });
    }
    if (!value.is_object()) return false;
    return std::ranges::any_of(value.as_object(), [this](const value::Field& field) {
      return is_named(field.name) || in(field.value);
    });
  }

 private:
  bool is_named(std::string_view name) const {
    return name.starts_with('$') && std::ranges::find(names_, name) != names_.end();
  }

  std::span<const std::string_view> names_;
  std::size_t looks_ = 0;
};

}  // namespace

bool may_run_scripts(const Value& body) { return Search(kOperators).in(body); }
bool has_where(const Value& filter) { return Search({&kWhere, 1}).in(filter); }
bool has_function(const Value& expression) { return Search({&kFunction, 1}).in(expression); }
void set_javascript(bool allowed) { allow_scripts(allowed); }

}  // namespace octavo::mongodb
