#include "dialect/mongodb/update/update.h"

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/equalities.h"
#include "dialect/mongodb/match/walk.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"
#include "dialect/mongodb/update/identical.h"
#include "dialect/mongodb/update/path.h"
#include "dialect/mongodb/update/way.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

constexpr std::string_view kId = "_id";

// With _id before all other fields.
Value with_id_first(Value document) {
  const value::ObjectView fields = document.as_object();
  const Value* id = document.find(kId);
  if (id == nullptr || fields.front().name == kId) return document;
  value::ObjectBuilder builder;
  builder.append(std::string(kId), *id);
  for (const value::Field& field : fields) {
    if (field.name != kId) builder.append(field.name, field.value);
  }
  return std::move(builder).build();
}

// That _id is what it was: MongoDB allows another kind of number there, which is not taken over.
Result<Value> with_id_of(const Value& before, Value after, bool replacement) {
  const Value* old = before.find(kId);
  if (old == nullptr) return after;
  const Value* id = after.find(kId);
  if (id == nullptr || !equal(*id, *old)) {
    if (replacement && id != nullptr) {
      return error(ErrorCode::immutable_field,
                   "After applying the update, the (immutable) field '_id' was found to have been "
                   "altered to _id: {}",
                   print(*id));
    }
    return error(ErrorCode::immutable_field,
                 "Performing an update on the path '_id' would modify the immutable field '_id'");
  }
  if (identical(*id, *old)) return after;
  value::ObjectBuilder builder(after);
  builder.set(kId, *old);
  return std::move(builder).build();
}

// What may be inserted as _id.
Status check_id(const Value& document) {
  const Value* id = document.find(kId);
  if (id == nullptr) return {};
  if (id->is_array() || id->type() == Type::regex || id->type() == Type::undefined) {
    return error(ErrorCode::invalid_id_field, "The '_id' value cannot be of type {}",
                 type_alias(*id));
  }
  if (!is_document(*id)) return {};
  for (const value::Field& field : id->as_object()) {
    if (!field.name.starts_with('$')) continue;
    return error(ErrorCode::dollar_prefixed_field_name,
                 "The dollar ($) prefixed field '{}' in '_id.{}' is not valid for storage.",
                 field.name, field.name);
  }
  return {};
}

// `object` with a value at a path through documents that are made where they are missing.
Value with_value(const Value& object, std::span<const std::string> path, const Value& value) {
  if (path.empty()) return value;
  value::ObjectBuilder builder =
      object.is_object() ? value::ObjectBuilder(object) : value::ObjectBuilder();
  const Value* child = object.find(path.front());
  builder.set(path.front(),
              with_value(child == nullptr ? Value() : *child, path.subspan(1), value));
  return std::move(builder).build();
}

// A filter may have longer paths than a document can.
Status check_paths(const std::vector<Equality>& equalities) {
  for (const Equality& equality : equalities) {
    if (equality.path.size() <= kMostPathParts) continue;
    return error(ErrorCode::overflow, "A path of the filter has more than {} parts",
                 kMostPathParts);
  }
  return {};
}

}  // namespace

Update::Update(std::unique_ptr<const Way> way) : way_(std::move(way)) {}
Update::Update(Update&& other) noexcept = default;
Update& Update::operator=(Update&& other) noexcept = default;
Update::~Update() = default;

bool Update::is_replacement() const { return way_->is_replacement(); }

Result<Update> Update::parse(const Value& update, std::span<const Value> array_filters,
                             const UpdateContext& context) {
  if (update.is_array()) {
    if (!array_filters.empty()) {
      return error(ErrorCode::failed_to_parse,
                   "arrayFilters may not be specified for pipeline-syle updates");
    }
    TRY(WayPtr way, parse_pipeline_of_update(update, context));
    return Update(std::move(way));
  }
  if (!is_document(update)) {
    return error(ErrorCode::failed_to_parse,
                 "Update argument must be either an object or an array");
  }
  const value::ObjectView fields = update.as_object();
  if (!fields.empty() && fields.front().name.starts_with('$')) {
    TRY(WayPtr way, parse_operators_of_update(update, array_filters, context));
    return Update(std::move(way));
  }
  if (!array_filters.empty()) {
    return error(ErrorCode::failed_to_parse,
                 "arrayFilters may not be specified for replacement-style updates");
  }
  TRY(WayPtr way, parse_replacement(update, context));
  return Update(std::move(way));
}

Result<std::optional<Value>> Update::apply(const Value& document, const algebra::ExprPtr& filter,
                                           function::EvalContext& context) const {
  TRY(std::optional<Value> after, way_->apply({.before = document, .filter = filter}, context));
  if (!after) return after;
  TRY(Value whole, with_id_of(document, *std::move(after), is_replacement()));
  whole = with_id_first(std::move(whole));
  // MongoDB counts a replacement as a change whatever it is.
  if (!is_replacement() && identical(document, whole)) return std::optional<Value>();
  return std::optional(std::move(whole));
}

Result<Value> Update::make_upsert(const algebra::ExprPtr& filter,
                                  function::EvalContext& context) const {
  TRY(const std::vector<Equality> equalities, equalities_of(filter));
  TRY_STATUS(check_paths(equalities));
  Value document = Value::object({});
  for (const Equality& equality : equalities) {
    if (is_replacement() && equality.path.front() != kId) continue;
    document = with_value(document, equality.path, equality.value);
  }
  TRY(std::optional<Value> after,
      way_->apply({.before = document, .filter = filter, .insert = true}, context));
  if (after) {
    TRY(document, with_id_of(document, *std::move(after), is_replacement()));
  }
  TRY_STATUS(check_id(document));
  return with_id_first(std::move(document));
}

}  // namespace octavo::mongodb
