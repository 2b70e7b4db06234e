#include "dialect/mongodb/index/special.h"

#include <algorithm>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/geo/area.h"
#include "dialect/mongodb/geo/location.h"
#include "dialect/mongodb/index/entries.h"
#include "dialect/mongodb/index/operation_tables.h"
#include "dialect/mongodb/index/wildcard.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/match/tree.h"
#include "dialect/mongodb/match/walk.h"
#include "dialect/mongodb/text/search.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Type;
using value::Value;

// --- The functions of indexes ---

// A document that is not in the index, or the one that is: by the filter of a partial index.
Result<bool> is_in_index(LazyArguments& arguments, std::size_t filter, const Item& document) {
  if (!document || !document->is_object()) return false;
  if (arguments.size() <= filter) return true;
  TRY(const Item matches, arguments.apply(filter, {&document, 1}));
  return matches && matches->type() == Type::boolean && matches->as_boolean();
}

template <class Take>
void each_place(const Value& document, value::ArrayView names, Leaf leaf, Take take) {
  auto visit = [&](const Value* found, std::size_t /*position*/) {
    if (found != nullptr) take(*found);
    return false;
  };
  Walk<decltype(visit)>(leaf, visit).from(&document, names);
}

Result<Item> places_of(LazyArguments& arguments, const OperationCall& call, Leaf leaf,
                       std::optional<Value> (*as_kept)(const Value& place)) {
  TRY(const Item document, arguments.evaluate(0));
  TRY(const bool is_in, is_in_index(arguments, 2, document));
  if (!is_in) return Item(Value::array({}));
  TRY(const Item names, arguments.evaluate(1));
  const bool is_path =
      names && names->is_array() && std::ranges::all_of(names->as_array(), &Value::is_string);
  if (!is_path) return fail(Code::type_mismatch, "a path of an index is no array of names");
  std::vector<Value> places;
  each_place(*document, names->as_array(), leaf, [&](const Value& place) {
    if (auto kept = as_kept(place)) places.push_back(*std::move(kept));
  });
  TRY_STATUS(call.context.spend(places.size()));
  return Item(Value::array(std::move(places)));
}

std::optional<Value> plane_value(const Value& stored) {
  const auto location = location_of(stored);
  if (!location || !location->point) return std::nullopt;
  return Value::array({Value::float64(location->point->x), Value::float64(location->point->y)});
}

Result<Item> sphere_entries(const OperationCall& call, LazyArguments& arguments) {
  return places_of(arguments, call, Leaf::elements, sphere_value);
}
Result<Item> plane_entries(const OperationCall& call, LazyArguments& arguments) {
  return places_of(arguments, call, Leaf::elements, plane_value);
}

Result<Item> text_entries(const OperationCall& call, LazyArguments& arguments) {
  TRY(const Item document, arguments.evaluate(0));
  TRY(const bool is_in, is_in_index(arguments, 2, document));
  if (!is_in) return Item(Value::array({}));
  TRY(const Item index, arguments.evaluate(1));
  if (!index) return fail(Code::type_mismatch, "a text index has no weights");
  TRY(const TextSpec spec, text_spec_of(*index));
  std::vector<Value> terms;
  for (const auto& [term, score] : term_scores(spec, *document)) {
    terms.push_back(Value::string(term));
  }
  TRY_STATUS(call.context.spend(terms.size()));
  return Item(Value::array(std::move(terms)));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kSphereEntries, .name = "sphere_entries", .least = 2, .lazy = sphere_entries},
    {.number = op::kPlaneEntries, .name = "plane_entries", .least = 2, .lazy = plane_entries},
    {.number = op::kTextEntries, .name = "text_entries", .least = 2, .lazy = text_entries},
};

// --- Each kind ---

Value names_value(const KeyField& field) {
  std::vector<Value> names;
  for (const std::string& name : field.names) names.push_back(Value::string(name));
  return Value::array(std::move(names));
}

PlaneLimits limits_of(const Value& spec) {
  PlaneLimits limits;
  if (const Value* const least = spec.find("min")) limits.least = least->to_double();
  if (const Value* const most = spec.find("max")) limits.most = most->to_double();
  return limits;
}

Value multi() { return Value::object({{"multi", Value::boolean(true)}}); }
Value multi_once() {
  return Value::object({{"multi", Value::boolean(true)}, {"once", Value::boolean(true)}});
}

Value plane_options(const Value& spec) {
  const PlaneLimits limits = limits_of(spec);
  const Value* const bits = spec.find("bits");
  return Value::object(
      {{"multi", Value::boolean(true)},
       {"least", Value::float64(limits.least)},
       {"most", Value::float64(limits.most)},
       {"bits", bits == nullptr ? Value::int64(26) : Value::int64(bits->to_int64().value_or(26))}});
}

const Condition* find_area(const Conditions& conditions, const KeyField& field) {
  const auto is_area = [&](const Condition& condition) {
    return (condition.kind == ConditionKind::geo_within ||
            condition.kind == ConditionKind::geo_intersects) &&
           condition.path == field.names;
  };
  const auto found = std::ranges::find_if(conditions.conditions, is_area);
  return found == conditions.conditions.end() ? nullptr : &*found;
}

Bounds one_key(std::optional<Value> key) {
  Bounds bounds;
  if (!key) return bounds;
  bounds.keys = algebra::KeySet{{*std::move(key)}};
  bounds.exact_keys = 1;
  return bounds;
}

Bounds sphere_bounds(const Conditions& conditions, const SpecialIndex& index) {
  const Condition* const condition = find_area(conditions, special_field(index.pattern));
  if (condition == nullptr) return {};
  const auto given = given_area(condition->operand);
  return one_key(given ? sphere_area(*given) : std::nullopt);
}

Bounds plane_bounds(const Conditions& conditions, const SpecialIndex& index) {
  const Condition* const condition = find_area(conditions, special_field(index.pattern));
  if (condition == nullptr || condition->kind != ConditionKind::geo_within) return {};
  const auto area = area_of_operand(condition->operand, AreaUse::within);
  const auto box = area ? (*area)->plane_bounds() : std::nullopt;
  if (!box) return {};
  const auto corner = [](const geometry::PlanePoint& point) {
    return Value::array({Value::float64(point.x), Value::float64(point.y)});
  };
  return one_key(Value::array({corner(box->least), corner(box->most)}));
}

Bounds text_bounds(const Conditions& conditions, const SpecialIndex& /*index*/) {
  for (const ExprPtr& expression : conditions.rest) {
    const algebra::Call* const call = call_of(expression, op::kText);
    const auto* const operand =
        call == nullptr ? nullptr : std::get_if<algebra::Const>(&call->args[1]->node);
    if (operand == nullptr) continue;
    const auto search = text_search_of(operand->value);
    if (!search) continue;
    std::vector<Value> terms;
    for (const std::string& term : search->indexed) terms.push_back(Value::string(term));
    // No document has an empty term.
    if (terms.empty()) terms.push_back(Value::string(""));
    Bounds bounds;
    bounds.exact_keys = terms.size();
    bounds.keys = algebra::KeySet{std::move(terms)};
    return bounds;
  }
  return {};
}

Bounds bounds_below(const Conditions& conditions, const SpecialIndex& index) {
  const WildcardScope scope = wildcard_scope(special_field(index.pattern), index.spec);
  const auto is_number = [](const std::string& name) { return position_of(name).has_value(); };
  Bounds best;
  for (const Condition& condition : conditions.conditions) {
    std::string path;
    for (const std::string& name : condition.path) path += path.empty() ? name : "." + name;
    // A number may be the place of an element.
    if (std::ranges::any_of(condition.path, is_number) || !scope.has(path)) continue;
    Bounds bounds = wildcard_bounds(conditions, condition.path);
    if (bounds.any() && is_better(bounds, best)) best = std::move(bounds);
  }
  return best;
}

// What an index can have of one document: beyond that its work on it ends (index/index.h), and the
// document would not be found.
constexpr std::size_t kMostGeometryNodes = 10'000;
constexpr std::size_t kMostTerms = 10'000;
constexpr std::size_t kMostWildcardEntries = 6'000;
// Documents with fewer bytes do not have so much.
constexpr std::size_t kSmallDocument = 20'000;

std::unexpected<Error> too_large(std::string_view what) {
  return error(kCannotBuildKeys, "too many {} for one index", what);
}

std::size_t count_nodes(const Value& value) {
  std::size_t nodes = 1;
  if (value.is_array()) {
    for (const Value& element : value.as_array()) nodes += count_nodes(element);
  } else if (value.is_object()) {
    for (const value::Field& field : value.as_object()) nodes += count_nodes(field.value);
  }
  return nodes;
}

Status check_sphere(const SpecialIndex& index, const Value& document) {
  Status verdict;
  std::size_t nodes = 0;
  for (const KeyField& field : index.pattern.fields) {
    if (field.kind != KeyKind::sphere) continue;
    const Value names = names_value(field);
    each_place(document, names.as_array(), Leaf::whole, [&](const Value& place) {
      if (!verdict) return;
      verdict = check_sphere_value(place);
      nodes += count_nodes(place);
    });
  }
  if (verdict && nodes > kMostGeometryNodes) return too_large("coordinates");
  return verdict;
}

Status check_plane(const SpecialIndex& index, const Value& document) {
  Status verdict;
  const Value names = names_value(special_field(index.pattern));
  each_place(document, names.as_array(), Leaf::whole, [&](const Value& place) {
    if (verdict) verdict = check_plane_value(place, limits_of(index.spec));
  });
  return verdict;
}

Status check_text(const SpecialIndex& index, const Value& document) {
  TRY(const TextSpec spec, text_spec_of(index.spec));
  TRY_STATUS(check_text_document(spec, document));
  if (document.memory_bytes(kSmallDocument) < kSmallDocument) return {};
  if (term_scores(spec, document).size() > kMostTerms) return too_large("words");
  return {};
}

Status check_wildcard(const SpecialIndex& index, const Value& document) {
  Status verdict;
  if (document.memory_bytes(kSmallDocument) >= kSmallDocument) {
    const WildcardScope scope = wildcard_scope(special_field(index.pattern), index.spec);
    if (count_wildcard_entries(scope, document) > kMostWildcardEntries) return too_large("values");
  }
  for (const KeyField& field : index.pattern.fields) {
    if (field.kind == KeyKind::wildcard) continue;
    const Value names = names_value(field);
    each_place(document, names.as_array(), Leaf::whole, [&](const Value& found) {
      if (!found.is_array()) return;
      verdict =
          error(7246301, "A compound wildcard index does not allow an array in the field '{}'",
                field.path);
    });
  }
  return verdict;
}

struct KindRow {
  SpecialKind kind;
  KeyKind field;
  std::string_view engine_kind;
  std::uint16_t function;
  Status (*check)(const SpecialIndex& index, const Value& document);
  Bounds (*bounds)(const Conditions& conditions, const SpecialIndex& index);
};
constexpr KindRow kKinds[] = {
    {SpecialKind::sphere, KeyKind::sphere, "geo", op::kSphereEntries, check_sphere, sphere_bounds},
    {SpecialKind::plane, KeyKind::plane, "plane", op::kPlaneEntries, check_plane, plane_bounds},
    {SpecialKind::text, KeyKind::text, "ordered", op::kTextEntries, check_text, text_bounds},
    {SpecialKind::wildcard, KeyKind::wildcard, "ordered", op::kWildcardEntries, check_wildcard,
     bounds_below},
};

const KindRow* row_of(const KeyPattern& pattern) {
  const auto* const row =
      std::ranges::find_if(kKinds, [&](const KindRow& kind) { return pattern.has(kind.field); });
  return row == std::end(kKinds) ? nullptr : row;
}

}  // namespace

std::span<const OperationRow> special_index_operations() { return kOperations; }

std::optional<SpecialKind> special_kind(const KeyPattern& pattern) {
  const KindRow* const row = row_of(pattern);
  return row == nullptr ? std::nullopt : std::optional(row->kind);
}

const KeyField& special_field(const KeyPattern& pattern) {
  return *std::ranges::find(pattern.fields, row_of(pattern)->field, &KeyField::kind);
}

SpecialDefinition define_special(const SpecialIndex& index, const SpecialRule& rule) {
  constexpr algebra::VarId kDocument{1};
  const KindRow& row = *row_of(index.pattern);
  const Value names = names_value(special_field(index.pattern));
  std::vector<ExprPtr> args = {algebra::variable(kDocument)};
  SpecialDefinition made{.kind = row.engine_kind, .options = multi(), .function = nullptr};
  switch (row.kind) {
    case SpecialKind::sphere: args.push_back(algebra::constant(names)); break;
    case SpecialKind::plane:
      args.push_back(algebra::constant(names));
      made.options = plane_options(index.spec);
      break;
    case SpecialKind::text:
      args.push_back(algebra::constant(index.spec));
      made.options = multi_once();
      break;
    case SpecialKind::wildcard:
      args.push_back(algebra::constant(index.spec));
      args.push_back(algebra::constant(names));
      args.push_back(algebra::constant(Value::string(rule.primary_key)));
      made.options = multi_once();
      break;
  }
  if (rule.partial != nullptr) args.push_back(rule.partial);
  made.function = algebra::lambda({kDocument}, call(row.function, std::move(args)));
  return made;
}

Status check_special(const SpecialIndex& index, const Value& document) {
  return row_of(index.pattern)->check(index, document);
}

Bounds special_bounds(const Conditions& conditions, const SpecialIndex& index) {
  Bounds bounds = row_of(index.pattern)->bounds(conditions, index);
  // They say nothing of the order of documents.
  bounds.equal_fields = 0;
  bounds.ordered_field = false;
  bounds.prefix.clear();
  return bounds;
}

}  // namespace octavo::mongodb
