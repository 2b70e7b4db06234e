#include "dialect/sql/define/value_text.h"

#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

constexpr std::uint32_t kAnyLength = 65'535;

}  // namespace

std::string value_text(const value::Value& value, const value::LogicalTypePtr& type,
                       const CallContext& calls) {
  if (value.is_string()) return std::string(value.as_string());
  if (value.type() == value::Type::bytes) return std::string(value.as_bytes());
  const auto text = convert_to(typed_constant(value, column_type(type, false)),
                               text_type(*calls.session.collation, kAnyLength), calls);
  if (!text) return {};
  const auto computed = compute(text->expression, calls);
  return computed && computed->is_string() ? std::string(computed->as_string()) : std::string();
}

}  // namespace octavo::sql
