#include <vector>

#include "dialect/sql/aggregate/states.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/json/object.h"

namespace octavo::sql {
namespace {

using value::Value;

// JSON's own null, where it is a whole value, is `undefined`; within a document both are null.
Value part_of(const Value& value) {
  return value.type() == value::Type::undefined ? Value() : value;
}

class JsonArray final : public function::AggregateState {
 public:
  explicit JsonArray(function::EvalContext& context) : charge_(context.account) {}

  Status add(const Value& argument) override {
    TRY_STATUS(check_json_depth(argument, 1));
    TRY_STATUS(charge_.add(sizeof(Value)));
    elements_.push_back(part_of(argument));
    return {};
  }
  Result<Value> result() override { return elements_.empty() ? Value() : Value::array(elements_); }

 private:
  value::Charge charge_;
  std::vector<Value> elements_;
};

class JsonObject final : public function::AggregateState {
 public:
  explicit JsonObject(function::EvalContext& context) : charge_(context.account) {}

  Status add(const Value& argument) override {
    if (!argument.is_array() || argument.as_array().size() != 2) {
      return fail(Code::type_mismatch, "An object of JSON is made of another argument.");
    }
    const Value& name = argument.as_array()[0];
    if (!name.is_string()) return error<3158>();
    TRY_STATUS(check_json_depth(argument.as_array()[1], 1));
    TRY_STATUS(charge_.add(sizeof(value::Field) + name.as_string().size()));
    fields_.push_back({std::string(name.as_string()), part_of(argument.as_array()[1])});
    return {};
  }
  Result<Value> result() override { return fields_.empty() ? Value() : json_object(fields_); }

 private:
  value::Charge charge_;
  std::vector<value::Field> fields_;
};

}  // namespace

MadeState make_json_array(Options, function::EvalContext& context) {
  return std::make_unique<JsonArray>(context);
}

MadeState make_json_object(Options, function::EvalContext& context) {
  return std::make_unique<JsonObject>(context);
}

}  // namespace octavo::sql
