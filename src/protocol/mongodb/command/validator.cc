#include "protocol/mongodb/command/validator.h"

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/match/filter.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/request_scope.h"
#include "protocol/mongodb/command/scripts.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::string_view kValidator = "validator", kLevel = "validationLevel",
                           kAction = "validationAction";

// The words of the two options, and whether documents are refused with them.
struct Word {
  std::string_view option;
  std::string_view word;
  bool refuses;
};
constexpr Word kWords[] = {
    {kLevel, "off", false},   {kLevel, "strict", true}, {kLevel, "moderate", true},
    {kAction, "warn", false}, {kAction, "error", true},
};

Result<bool> refuses(const Value& options, std::string_view option) {
  const Value* const given = options.find(option);
  if (given == nullptr || !given->is_string()) return true;
  const auto* const row = std::ranges::find_if(kWords, [&](const Word& word) {
    return word.option == option && word.word == given->as_string();
  });
  if (row != std::end(kWords)) return row->refuses;
  return error(ErrorCode::bad_value, "Enumeration value '{}' for field '{}' is not a valid value.",
               given->as_string(), option);
}

}  // namespace

Result<Bytes> validator_condition(CommandCall& call, const Value& options) {
  TRY(const bool by_level, refuses(options, kLevel));
  TRY(const bool by_action, refuses(options, kAction));
  const Value* const validator = options.find(kValidator);
  if (validator == nullptr || !validator->is_object()) return Bytes();
  // It decides the same wherever and whenever it is applied.
  if (has_function(*validator)) {
    return error(4660800, "$function cannot be used inside a validator.");
  }
  TRY(RequestScope scope,
      RequestScope::make(call, nullptr, collation_name(options.find("collation"))));
  TRY(const auto filter,
      parse_filter(*validator, {.variables = scope.variables(), .place = FilterPlace::validator}));
  if (!by_level || !by_action || validator->as_object().empty()) return Bytes();
  Bytes condition;
  TRY_STATUS(algebra::encode(filter, condition));
  return condition;
}

Result<bool> bypasses_validator(CommandCall& call, const Collection& collection) {
  if (!call.flag("bypassDocumentValidation")) return false;
  TRY_STATUS(call.engine().access().require(call.user(), catalog::Permission::config,
                                            collection.table->database, collection.id()));
  return true;
}

void set_validator(catalog::TableDefinition& table, const Bytes& condition) {
  std::erase_if(table.checks, [](const auto& check) { return check.name == kValidatorCondition; });
  if (condition.empty()) return;
  catalog::CheckDefinition check;
  check.id = CheckId{table.next_part++};
  check.name = kValidatorCondition;
  check.condition = condition;
  table.checks.push_back(std::move(check));
}

Value validation_details(const Value& id, const Value& options) {
  const Value* const validator = options.find(kValidator);
  const bool schema =
      validator != nullptr && validator->is_object() && validator->find("$jsonSchema") != nullptr;
  const Value details =
      validator == nullptr
          ? Value::object({})
          : Value::object({{"operatorName", Value::string(schema ? "$jsonSchema" : "$expr")},
                           {"specifiedAs", *validator},
                           {"reason", Value::string("the document does not match")}});
  return Value::object({{"failingDocumentId", id}, {"details", details}});
}

}  // namespace octavo::mongodb
