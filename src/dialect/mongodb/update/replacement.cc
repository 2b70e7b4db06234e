// Updates by a document that takes the place of the other, _id excepted.

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/update/way.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::string_view kId = "_id";

class Replacement final : public Update::Way {
 public:
  explicit Replacement(Value document) : document_(std::move(document)) {}

  Result<std::optional<Value>> apply(const Document& document,
                                     function::EvalContext& /*context*/) const override {
    value::ObjectBuilder made;
    const Value* id = document_.find(kId);
    if (id == nullptr) id = document.before.find(kId);
    if (id != nullptr) made.append(std::string(kId), *id);
    for (const value::Field& field : document_.as_object()) {
      if (field.name != kId) made.append(field.name, field.value);
    }
    return std::optional(std::move(made).build());
  }
  bool is_replacement() const override { return true; }

 private:
  Value document_;
};

}  // namespace

Result<WayPtr> parse_replacement(const Value& update, const UpdateContext& context) {
  if (context.multi) {
    return error(ErrorCode::failed_to_parse,
                 "multi update is not supported for replacement-style update");
  }
  for (const value::Field& field : update.as_object()) {
    if (!field.name.starts_with('$')) continue;
    return error(ErrorCode::dollar_prefixed_field_name,
                 "The dollar ($) prefixed field '{}' in '{}' is not allowed in the context of an "
                 "update's replacement document. Consider using an aggregation pipeline with "
                 "$replaceWith.",
                 field.name, field.name);
  }
  return std::make_unique<const Replacement>(update);
}

}  // namespace octavo::mongodb
