// $currentDate.

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/match/walk.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"
#include "dialect/mongodb/update/modifier.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

// What a moment is written as, and the variable that says which one it is.
struct Form {
  std::string_view name;
  std::string_view variable;
  Value (*of_clock)(std::int64_t now_ns);
};

constexpr Form kForms[] = {
    {"date", "NOW",
     [](std::int64_t now_ns) { return date_of_millis(now_ns / kNanosecondsPerMillisecond); }},
    {"timestamp", "CLUSTER_TIME",
     [](std::int64_t now_ns) {
       return Value::log_stamp(static_cast<std::uint32_t>(now_ns / kNanosecondsPerSecond), 1);
     }},
};

class CurrentDate final : public Modifier {
 public:
  CurrentDate(const Form& form, std::optional<Value> known)
      : form_(form), known_(std::move(known)) {}

  Result<Change> apply(const EditTarget& target) const override {
    if (known_) return Change::to(target.existing, *known_);
    return Change::to(target.existing, form_.of_clock(target.application.context.now_ns));
  }

 private:
  const Form& form_;
  std::optional<Value> known_;
};

std::vector<PlacedModifier> current(const ModifierCall& call, const Form& form) {
  const algebra::ExprPtr bound = call.context.variables.find(form.variable);
  const Value* known = bound == nullptr ? nullptr : constant_of(bound);
  return placed(call, std::make_shared<const CurrentDate>(
                          form, known == nullptr ? std::nullopt : std::optional(*known)));
}

Result<std::vector<PlacedModifier>> parse_current_date(const ModifierCall& call) {
  if (call.operand.type() == Type::boolean) return current(call, kForms[0]);
  if (!is_document(call.operand)) {
    return error(ErrorCode::bad_value,
                 "{} is not valid type for $currentDate. Please use a boolean ('true') or a $type "
                 "expression ({{$type: 'timestamp/date'}}).",
                 type_alias(call.operand));
  }
  constexpr std::string_view kType = "$type";
  for (const value::Field& field : call.operand.as_object()) {
    if (field.name == kType) continue;
    return error(ErrorCode::bad_value, "Unrecognized $currentDate option: {}", field.name);
  }
  const Value* type = call.operand.find(kType);
  if (type != nullptr && type->is_string()) {
    const auto* const form = std::ranges::find(kForms, type->as_string(), &Form::name);
    if (form != std::end(kForms)) return current(call, *form);
  }
  return error(ErrorCode::bad_value,
               "The '$type' string field is required to be 'date' or 'timestamp': {{$currentDate: "
               "{{field : {{$type: 'date'}}}}}}");
}

constexpr ModifierRow kRows[] = {{"$currentDate", parse_current_date}};

}  // namespace

std::span<const ModifierRow> time_modifiers() { return kRows; }

}  // namespace octavo::mongodb
