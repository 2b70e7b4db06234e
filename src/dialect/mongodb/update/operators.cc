// Updates by operators: {$set: {a: 1}, $inc: {"b.c": 2}}.

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/position.h"
#include "dialect/mongodb/match/walk.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"
#include "dialect/mongodb/update/apply.h"
#include "dialect/mongodb/update/identical.h"
#include "dialect/mongodb/update/way.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

// Operators make or change no field of a document whose name begins with $, deeper ones apart.
Status check_new_names(const Value& before, const Value& after) {
  for (const value::Field& field : after.as_object()) {
    if (!field.name.starts_with('$')) continue;
    const Value* old = before.find(field.name);
    if (old != nullptr && identical(*old, field.value)) continue;
    return error(ErrorCode::dollar_prefixed_field_name,
                 "The dollar ($) prefixed field '{}' in '{}' is not allowed in the context of an "
                 "update's replacement document. Consider using an aggregation pipeline with "
                 "$replaceWith.",
                 field.name, field.name);
  }
  return {};
}

class Operators final : public Update::Way {
 public:
  Operators(UpdateNodePtr tree, ArrayFilters filters, bool positional)
      : tree_(std::move(tree)), filters_(std::move(filters)), positional_(positional) {}

  Result<std::optional<Value>> apply(const Document& document,
                                     function::EvalContext& context) const override {
    if (tree_ == nullptr) return std::optional<Value>();
    std::optional<std::size_t> position;
    if (positional_ && !document.insert) {
      TRY(position, matched_element(document.filter, document.before, context));
    }
    const Application application{
        .document = document.before, .insert = document.insert, .context = context};
    TRY(std::optional<Value> after,
        apply_tree(*tree_,
                   {.application = application, .filters = filters_, .position = position}));
    if (after && !document.insert) TRY_STATUS(check_new_names(document.before, *after));
    return after;
  }

 private:
  UpdateNodePtr tree_;  // null: nothing is to be done
  ArrayFilters filters_;
  bool positional_;  // $ stands in it
};

const ModifierRow* find_modifier(std::string_view name) {
  constexpr std::span<const ModifierRow> (*kTables[])() = {
      bit_modifiers,  field_modifiers,  number_modifiers, pull_modifiers,
      push_modifiers, rename_modifiers, set_modifiers,    time_modifiers,
  };
  for (const auto table : kTables) {
    const std::span<const ModifierRow> rows = table();
    const auto row = std::ranges::find(rows, name, &ModifierRow::name);
    if (row != rows.end()) return &*row;
  }
  return nullptr;
}

class Parser {
 public:
  Parser(ArrayFilters filters, const UpdateContext& context)
      : filters_(std::move(filters)), context_(context) {}

  Status add(const value::Field& field) {
    const ModifierRow* row = find_modifier(field.name);
    if (row == nullptr) {
      return error(ErrorCode::failed_to_parse,
                   "Unknown modifier: {}. Expected a valid update modifier or pipeline-style "
                   "update specified as an array",
                   field.name);
    }
    if (!is_document(field.value)) {
      return error(ErrorCode::failed_to_parse,
                   "Modifiers operate on fields but we found type {} instead. For example: {{$mod: "
                   "{{<field>: ...}}}} not {{{}: {}}}",
                   type_alias(field.value), field.name, print(field.value));
    }
    for (const value::Field& place : field.value.as_object()) {
      TRY(std::vector<PlacedModifier> modifiers, row->parse({.name = field.name,
                                                             .path = place.name,
                                                             .operand = place.value,
                                                             .context = context_}));
      for (PlacedModifier& modifier : modifiers) TRY_STATUS(this->place(std::move(modifier)));
    }
    return {};
  }

  Result<WayPtr> finish(const Value& update) && {
    for (const auto& [name, filter] : filters_) {
      if (std::ranges::find(used_, name) != used_.end()) continue;
      return error(ErrorCode::failed_to_parse,
                   "The array filter for identifier '{}' was not used in the update {}", name,
                   print(update));
    }
    return std::make_unique<const Operators>(std::move(tree_), std::move(filters_), positional_);
  }

 private:
  Status place(PlacedModifier modifier) {
    TRY(const std::vector<PathStep> steps, parse_update_path(modifier.path));
    for (const PathStep& step : steps) {
      positional_ = positional_ || step.kind == PathStep::Kind::position;
      if (step.kind != PathStep::Kind::filtered || step.name.empty()) continue;
      if (!filters_.contains(step.name)) {
        return error(ErrorCode::bad_value, "No array filter found for identifier '{}' in path '{}'",
                     step.name, modifier.path);
      }
      used_.push_back(step.name);
    }
    TRY(tree_, with_modifier(tree_, steps, std::move(modifier.modifier)));
    return {};
  }

  ArrayFilters filters_;
  const UpdateContext& context_;
  UpdateNodePtr tree_;
  std::vector<std::string> used_;
  bool positional_ = false;
};

}  // namespace

Result<WayPtr> parse_operators_of_update(const Value& update, std::span<const Value> array_filters,
                                         const UpdateContext& context) {
  TRY(ArrayFilters filters, parse_array_filters(array_filters, context.variables));
  Parser parser(std::move(filters), context);
  for (const value::Field& field : update.as_object()) TRY_STATUS(parser.add(field));
  return std::move(parser).finish(update);
}

}  // namespace octavo::mongodb
