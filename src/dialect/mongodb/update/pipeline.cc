// Updates by stages: [{$set: {a: "$b"}}, {$unset: "c"}].

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/evaluation.h"
#include "dialect/mongodb/match/walk.h"
#include "dialect/mongodb/project/projection.h"
#include "dialect/mongodb/update/way.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

constexpr std::string_view kId = "_id";

class Pipeline final : public Update::Way {
 public:
  explicit Pipeline(std::vector<ExprPtr> stages) : stages_(std::move(stages)) {}

  Result<std::optional<Value>> apply(const Document& document,
                                     function::EvalContext& context) const override {
    Value made = document.before;
    for (const ExprPtr& stage : stages_) {
      TRY(Item next, evaluate_item(stage, {&made, 1}, context));
      if (!next) return fail(Code::internal, "a stage gave no document");
      made = *std::move(next);
    }
    const Value* id = document.before.find(kId);
    if (id == nullptr || made.find(kId) != nullptr) return std::optional(std::move(made));
    value::ObjectBuilder builder(made);
    builder.set(kId, *id);
    return std::optional(std::move(builder).build());
  }

 private:
  std::vector<ExprPtr> stages_;
};

Result<ExprPtr> parse_stage(const Value& stage, const Variables& variables) {
  if (!is_document(stage)) {
    return error(ErrorCode::type_mismatch,
                 "Each element of the 'pipeline' array must be an object");
  }
  if (stage.as_object().size() != 1) {
    return error(40323, "A pipeline stage specification object must contain exactly one field.");
  }
  const value::Field& field = stage.as_object().front();
  const ShapingStage* shaping = find_shaping_stage(field.name);
  if (shaping == nullptr) {
    return error(ErrorCode::invalid_options, "{} is not allowed to be used within an update",
                 field.name);
  }
  return shaping->parse(field.value, variables);
}

}  // namespace

Result<WayPtr> parse_pipeline_of_update(const Value& stages, const UpdateContext& context) {
  std::vector<ExprPtr> parsed;
  for (const Value& stage : stages.as_array()) {
    TRY(ExprPtr one, parse_stage(stage, context.variables));
    parsed.push_back(std::move(one));
  }
  return std::make_unique<const Pipeline>(std::move(parsed));
}

}  // namespace octavo::mongodb
