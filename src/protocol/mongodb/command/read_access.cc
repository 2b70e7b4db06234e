#include "protocol/mongodb/command/read_access.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "dialect/mongodb/accumulator/sort_pattern.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/index/brackets.h"
#include "dialect/mongodb/index/coverage.h"
#include "dialect/mongodb/index/entries.h"
#include "dialect/mongodb/index/nearest_rows.h"
#include "dialect/mongodb/match/filter.h"
#include "dialect/mongodb/match/tree.h"
#include "dialect/mongodb/text/search.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"
#include "function/family.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/capped.h"
#include "protocol/mongodb/command/hint.h"
#include "protocol/mongodb/command/index_definition.h"
#include "protocol/mongodb/command/other_sources.h"
#include "protocol/mongodb/command/profile.h"
#include "protocol/mongodb/command/request_scope.h"
#include "protocol/mongodb/command/view.h"

namespace octavo::mongodb {
namespace {

using algebra::Direction;
using catalog::IndexDefinition;
using value::Value;

// The direction in which the entries within the bounds have to be read so that documents come as
// they are wanted; nothing: they do not. Entries of one bracket of types are in MongoDB's order.
template <class Candidate>
std::optional<Direction> order_of(const Candidate& candidate, const Wanted& wanted_order) {
  const std::vector<SortField>& sort = wanted_order.sort;
  if (candidate.order.name() != wanted_order.collation) return std::nullopt;
  if (sort.empty() || candidate.multikey || candidate.bounds.exact_keys > 1) return std::nullopt;
  std::size_t at = 0;
  std::optional<Direction> read;
  for (const SortField& wanted : sort) {
    // A field that has one value says nothing.
    const auto is_field = [&](std::size_t i) {
      return std::ranges::equal(candidate.pattern.fields[i].names, wanted.path);
    };
    bool is_equal = false;
    for (std::size_t i = 0; i < candidate.bounds.equal_fields; ++i) is_equal |= is_field(i);
    if (is_equal) continue;
    at = std::max(at, candidate.bounds.equal_fields);
    const bool next = at < candidate.pattern.fields.size() && is_field(at);
    // Only the field that is bounded is known to be of one bracket.
    if (!next || at != candidate.bounds.equal_fields || !candidate.bounds.ordered_field) {
      return std::nullopt;
    }
    read = wanted.direction;
    ++at;
  }
  return read.value_or(Direction::ascending);
}

// Whether the one field of an order is the one behind the equal fields: then all keys are read in
// that order, bracket by bracket.
template <class Candidate>
bool can_read_in_order(const Candidate& candidate, const Wanted& wanted_order) {
  const std::vector<SortField>& sort = wanted_order.sort;
  if (candidate.order.name() != wanted_order.collation) return false;
  const std::size_t at = candidate.bounds.equal_fields;
  return sort.size() == 1 && sort.front().meta == nullptr && !candidate.multikey &&
         candidate.whole && candidate.bounds.exact_keys == 0 && !candidate.bounds.ranged &&
         at < candidate.pattern.fields.size() && candidate.pattern.is_ordered() &&
         std::ranges::equal(candidate.pattern.fields[at].names, sort.front().path);
}

// What the entries were made by: the function of the index names the rules with their version.
Result<CollatedOrder> order_of_entries(const IndexDefinition& index, const Value& spec) {
  if (spec.find("collation") == nullptr) return CollatedOrder();
  ByteReader reader(index.function);
  TRY(const auto function, function::open_function(reader));
  const auto* const lambda = std::get_if<algebra::Lambda>(&function->node);
  const auto* const entries =
      lambda == nullptr ? nullptr : std::get_if<algebra::Call>(&lambda->body->node);
  if (entries == nullptr) return fail(Code::unsupported, "an index is by another function");
  return collated_order(entries->options);
}

// As they came, where that is known, or as it is hinted.
algebra::PlanPtr all_rows(const Collection& collection, const Value* hint) {
  const bool natural = hint != nullptr && is_natural(*hint);
  const bool backward = natural && hint->as_object().front().value.is_number() &&
                        hint->as_object().front().value.to_double() < 0;
  const Direction direction = backward ? Direction::descending : Direction::ascending;
  if (is_capped(*collection.table)) return natural_scan(*collection.table, direction);
  algebra::Scan scan{.table = collection.id()};
  if (natural) scan.order = direction;
  return algebra::make_plan(std::move(scan));
}

bool is_hinted(const Value& hint, std::string_view name, const Value& key) {
  return hint.is_string() ? hint.as_string() == name : equal(hint, key);
}

// The search of a text that a filter has.
const Value* search_in(const Conditions& conditions) {
  for (const algebra::ExprPtr& expression : conditions.rest) {
    const algebra::Call* const text = call_of(expression, op::kText);
    const auto* const operand =
        text == nullptr ? nullptr : std::get_if<algebra::Const>(&text->args[1]->node);
    if (operand != nullptr) return &operand->value;
  }
  return nullptr;
}

std::unexpected<Error> no_plans(std::string_view why) {
  return error(ErrorCode::no_query_execution_plans,
               "error processing query: planner returned error :: caused by :: {}", why);
}

std::unexpected<Error> bad_hint() {
  return error(ErrorCode::bad_value,
               "error processing query: planner returned error :: caused by :: hint provided does "
               "not correspond to an existing index");
}

}  // namespace

algebra::PlanPtr as_documents(const Collection& collection, algebra::PlanPtr rows,
                              bool with_number) {
  const bool hides_number = is_capped(*collection.table) && !with_number;
  if (collection.primary_key() == kIdField && !hides_number) return rows;
  constexpr algebra::VarId kRow{~std::uint64_t{0}};
  algebra::ExprPtr body = algebra::variable(kRow);
  const auto apply = [&body](std::uint16_t operation, std::string_view field) {
    body = call(operation, {std::move(body), algebra::constant(Value::string(field))});
  };
  if (collection.primary_key() != kIdField) apply(op::kWithId, collection.primary_key());
  if (hides_number) apply(op::kWithoutField, kNaturalField);
  return algebra::make_plan(
      algebra::Map{.input = std::move(rows), .function = row_lambda(kRow, std::move(body))});
}

Result<FoundCollection> EngineCollections::find(const CollectionName& name) {
  if (++names_ > kMostNamesRead) {
    return error(ErrorCode::view_pipeline_max_size_exceeded,
                 "The pipeline and the views in it read more than {} collections", kMostNamesRead);
  }
  TRY_STATUS(context_.check());
  return resolve_view(call_, name);
}

Result<bool> EngineCollections::is_multikey(TableId table, IndexId index) {
  const auto plan = algebra::make_plan(
      algebra::Limit{.input = algebra::make_plan(
                         algebra::Scan{.table = table, .index = index, .keys = multikey_range()}),
                     .count = 1});
  TRY(const auto query, call_.engine().query(plan, context_));
  std::vector<Value> rows;
  TRY_STATUS(query->next(1, rows));
  return !rows.empty();
}

// An index by which the collection could be read.
struct EngineCollections::Candidate {
  const IndexDefinition* index = nullptr;  // null: the primary key
  KeyPattern pattern;
  Bounds bounds;
  bool multikey = false;
  bool whole = true;         // it has all documents
  CollatedOrder order = {};  // its collation
  std::optional<SpecialKind> special = {};

  Chosen chosen(const catalog::TableDefinition& table) const {
    const Value shown = index == nullptr ? id_index(table) : shown_index(table, *index);
    Chosen chosen;
    if (index != nullptr) chosen.index = index->id;
    chosen.by_primary_key = index == nullptr;
    chosen.multikey = multikey;
    chosen.name = shown.find("name")->as_string();
    chosen.key = *shown.find("key");
    chosen.special = special;
    return chosen;
  }
  algebra::Scan scan(TableId table, algebra::KeyRange range) const {
    algebra::Scan scan{.table = table, .keys = std::move(range)};
    if (index != nullptr) scan.index = index->id;
    return scan;
  }
};

// An index that leaves documents out serves filters for which those do not matter, and who asks for
// it by name.
Result<bool> EngineCollections::may_serve(const IndexDefinition& index, const KeyPattern& pattern,
                                          const Conditions& conditions) {
  const Value& spec = *given_spec(index);
  if (spec.find("hidden") != nullptr || !is_allowed(index.name, *spec.find("key"))) return false;
  if (hint_) return is_hinted(*hint_, index.name, *spec.find("key"));
  if (spec.find("sparse") != nullptr) return has_a_field(conditions, pattern);
  const Value* const partial = spec.find("partialFilterExpression");
  if (partial == nullptr) return true;
  TRY(RequestScope scope,
      RequestScope::make(call_, nullptr, collation_name(spec.find("collation"))));
  TRY(const auto filter, parse_filter(*partial, {.variables = scope.variables(),
                                                 .place = FilterPlace::partial_index}));
  return implies(conditions, conditions_of(filter));
}

Result<std::vector<EngineCollections::Candidate>> EngineCollections::candidates_of(
    const Collection& collection, const Conditions& conditions) {
  std::vector<Candidate> candidates;
  Candidate primary;
  const Value id = id_index(*collection.table);
  TRY(primary.pattern, parse_key_pattern(*id.find("key")));
  primary.bounds = primary_bounds(conditions, kIdField);
  const std::string_view name = id.find("name")->as_string();
  const Value& key = *id.find("key");
  if (is_allowed(name, key) && (!hint_ || is_hinted(*hint_, name, key))) {
    candidates.push_back(std::move(primary));
  }
  for (const IndexDefinition& index : collection.table->indexes) {
    const Value* const spec = given_spec(index);
    if (spec == nullptr || !index.ready) continue;
    Candidate candidate;
    // One of another version's rules answers nothing.
    auto order = order_of_entries(index, *spec);
    if (!order) continue;
    candidate.order = *std::move(order);
    candidate.index = &index;
    TRY(candidate.pattern, parse_key_pattern(*spec->find("key")));
    // Its entries are those of one meaning of such a path, a filter holds for either.
    if (candidate.pattern.has_position() && !hint_) continue;
    TRY(const bool serves, may_serve(index, candidate.pattern, conditions));
    if (!serves) continue;
    if (const auto special = special_index(index)) {
      candidate.special = special_kind(special->pattern);
      candidate.whole = false;
      candidate.bounds = special_bounds(conditions, *special);
      if (candidate.special == SpecialKind::wildcard) {
        TRY(candidate.multikey, is_multikey(collection.id(), index.id));
      }
      candidates.push_back(std::move(candidate));
      continue;
    }
    candidate.whole =
        spec->find("sparse") == nullptr && spec->find("partialFilterExpression") == nullptr;
    TRY(candidate.multikey, is_multikey(collection.id(), index.id));
    if (candidate.pattern.has_position()) {
      candidate.multikey = true;
      candidate.bounds = bounds_of({}, candidate.pattern, candidate.multikey, candidate.order);
    } else {
      candidate.bounds =
          bounds_of(conditions, candidate.pattern, candidate.multikey, candidate.order);
    }
    candidates.push_back(std::move(candidate));
  }
  if (candidates.empty() && !allowed_) return bad_hint();
  return candidates;
}

namespace {

// All keys below the equal fields, in the order of `field`.
template <class Candidate>
algebra::PlanPtr in_order(TableId table, const Candidate& candidate, const SortField& field) {
  const KeyForm form = candidate.index == nullptr ? KeyForm::primary_keys : KeyForm::entries;
  VariableIds ids;
  const Variables variables = with_collation(Variables(ids, {}), candidate.order.name());
  algebra::Union whole;
  for (const Bracket& bracket : brackets(form)) {
    algebra::Union part;
    for (const algebra::KeyRange& range : bracket.ranges) {
      auto scan = candidate.scan(
          table, below_prefix(candidate.bounds.prefix, range, candidate.pattern.fields.size()));
      scan.order = field.direction;
      part.inputs.push_back(algebra::make_plan(std::move(scan)));
    }
    algebra::PlanPtr plan =
        part.inputs.size() == 1 ? part.inputs.front() : algebra::make_plan(std::move(part));
    if (!bracket.ordered) {
      plan = algebra::make_plan(algebra::Sort{.input = std::move(plan),
                                              .keys = sort_keys({field}, variables),
                                              .order = value::Order::bson});
    }
    whole.inputs.push_back(std::move(plan));
  }
  if (field.direction == Direction::descending) std::ranges::reverse(whole.inputs);
  return algebra::make_plan(std::move(whole));
}

}  // namespace

void EngineCollections::set_limits(const Value* least, const Value* beyond) {
  if (least != nullptr) least_ = *least;
  if (beyond != nullptr) beyond_ = *beyond;
}

// From the entry of `least` up to that of `beyond`, whose fields are those of the index.
Result<EngineCollections::Access> EngineCollections::limited(const Collection& collection,
                                                             const Candidate& candidate) const {
  const auto key_of = [&](const Value& limit) -> Result<Value> {
    std::vector<Value> parts;
    const auto& fields = candidate.pattern.fields;
    const auto names = [](const value::Field& given) -> std::string_view { return given.name; };
    const auto paths = [](const KeyField& field) -> std::string_view { return field.path; };
    if (!std::ranges::equal(limit.as_object(), fields, {}, names, paths)) {
      return error(51174, "The index named by the hint has other fields than 'min' and 'max'");
    }
    for (const value::Field& part : limit.as_object()) {
      parts.push_back(candidate.index == nullptr ? part.value
                                                 : index_form(candidate.order.key_of(part.value)));
    }
    return parts.size() == 1 ? parts.front() : Value::array(std::move(parts));
  };
  algebra::KeyRange range;
  if (least_) {
    TRY(range.lower.value, key_of(*least_));
    range.lower.inclusive = true;
  }
  if (beyond_) {
    TRY(range.upper.value, key_of(*beyond_));
  }
  Access access;
  access.chosen = candidate.chosen(*collection.table);
  access.plan = algebra::make_plan(candidate.scan(collection.id(), std::move(range)));
  return access;
}

Result<EngineCollections::Access> EngineCollections::choose(const Collection& collection,
                                                            const Wanted& wanted) {
  Access access;
  access.plan = all_rows(collection, hint_ ? &*hint_ : nullptr);
  const Conditions conditions =
      wanted.filter == nullptr ? Conditions() : conditions_of(wanted.filter);
  const Value* const search = search_in(conditions);
  if (hint_ && (search != nullptr || (wanted.near && is_natural(*hint_)))) {
    return error(ErrorCode::bad_value, "$text and $near do not go with this hint");
  }
  if (hint_ && is_natural(*hint_)) return access;
  if (wanted.near) return nearest(collection, *wanted.near, conditions);
  TRY(const auto candidates, candidates_of(collection, conditions));
  if (least_ || beyond_) return limited(collection, candidates.front());
  const Candidate* best = nullptr;
  bool sorted = false;
  for (const Candidate& candidate : candidates) {
    // Nothing but its index finds what a text is.
    if (search != nullptr && candidate.special != SpecialKind::text) continue;
    const bool in_order =
        order_of(candidate, wanted).has_value() || can_read_in_order(candidate, wanted);
    if (!hint_ && !candidate.bounds.any() && !in_order) continue;
    const bool better = best == nullptr || is_better(candidate.bounds, best->bounds) ||
                        (!is_better(best->bounds, candidate.bounds) && in_order && !sorted);
    if (!better) continue;
    best = &candidate;
    sorted = in_order;
  }
  if (best == nullptr && search != nullptr) {
    return no_plans("need exactly one text index for $text query");
  }
  if (best == nullptr) return access;
  if (best->special == SpecialKind::wildcard && !best->bounds.any()) {
    return no_plans("No query solutions: the hinted index does not answer the query");
  }
  access.chosen = best->chosen(*collection.table);
  if (search != nullptr) {
    TRY(const TextSearch asked, text_search_of(*search));
    access.chosen->search = shown_search(asked);
  }
  access.sorted = sorted;
  if (sorted && !order_of(*best, wanted)) {
    access.plan = in_order(collection.id(), *best, wanted.sort.front());
    return access;
  }
  algebra::Scan scan = best->scan(collection.id(), {});
  scan.keys = best->bounds.keys;
  scan.order = order_of(*best, wanted);
  if (hint_ && wanted.sort.empty() && best->index != nullptr && !best->special) {
    // As the index has them.
    const bool descends = best->pattern.fields.front().kind == KeyKind::descending;
    scan.order = descends ? Direction::descending : Direction::ascending;
  }
  access.plan = algebra::make_plan(std::move(scan));
  return access;
}

Result<EngineCollections::Access> EngineCollections::nearest(const Collection& collection,
                                                             const NearWanted& near,
                                                             const Conditions& conditions) {
  for (const IndexDefinition& index : collection.table->indexes) {
    const auto special = special_index(index);
    if (!special || !index.ready || index.hidden) continue;
    Candidate candidate;
    candidate.index = &index;
    candidate.special = special_kind(special->pattern);
    candidate.pattern = special->pattern;
    if (!answers_nearness(*candidate.special, near.nearness) ||
        special_field(special->pattern).names != near.path) {
      continue;
    }
    TRY(const bool serves, may_serve(index, special->pattern, conditions));
    if (!serves) continue;
    TRY_STATUS(check_center(*special, near.nearness));
    VariableIds ids;
    Access access;
    access.chosen = candidate.chosen(*collection.table);
    access.chosen->by_distance = true;
    access.plan = plan_nearest({.table = collection.id(),
                                .index = index.id,
                                .kind = *candidate.special,
                                .path = near.path,
                                .nearness = near.nearness},
                               Variables(ids, {}));
    return access;
  }
  return no_plans("unable to find index for $geoNear query");
}

Result<Value> EngineCollections::text_index(const CollectionName& name) {
  const auto collection =
      find_collection(*call_.engine().catalog(), name.database, name.collection);
  return collection ? text_index_of(*collection->table) : Value();
}

// A 2d index before one of the other kind, and only where there is no choice.
Result<std::vector<std::string>> EngineCollections::path_of_places(const CollectionName& name) {
  const auto collection =
      find_collection(*call_.engine().catalog(), name.database, name.collection);
  if (!collection) {
    return error(ErrorCode::namespace_not_found,
                 "$geoNear requires a geo index to run, but {}.{} does not exist", name.database,
                 name.collection);
  }
  for (const auto& [kind, shown] :
       {std::pair(SpecialKind::plane, "2d"), std::pair(SpecialKind::sphere, "2dsphere")}) {
    std::vector<std::vector<std::string>> paths;
    for (const IndexDefinition& index : collection->table->indexes) {
      const auto special = special_index(index);
      if (!special || !index.ready || index.hidden) continue;
      if (special_kind(special->pattern) == kind) {
        paths.push_back(special_field(special->pattern).names);
      }
    }
    if (paths.size() > 1) {
      return error(ErrorCode::index_not_found,
                   "There is more than one {} index on {}.{}; unsure which to use for $geoNear",
                   shown, name.database, name.collection);
    }
    if (paths.size() == 1) return paths.front();
  }
  return error(ErrorCode::index_not_found,
               "$geoNear requires a 2d or 2dsphere index, but none were found");
}

Result<Documents> EngineCollections::read(const CollectionName& name, const Wanted& wanted) {
  const auto collection =
      find_collection(*call_.engine().catalog(), name.database, name.collection);
  source_.reset();
  if (!collection) {
    TRY(auto rows, read_profile(call_, name));
    return Documents{algebra::make_plan(algebra::Values{.rows = std::move(rows)})};
  }
  TRY(Access access, choose(*collection, wanted));
  // They are about the first collection alone.
  hint_.reset();
  allowed_.reset();
  least_.reset();
  beyond_.reset();
  chosen_ = std::move(access.chosen);
  source_ = CursorSource{.table = collection->id(),
                         .uuid = collection->table->uuid,
                         .ns = name.database + "." + name.collection};
  Documents found;
  found.sorted = access.sorted;
  found.plan = as_documents(*collection, std::move(access.plan), shows_numbers_);
  return found;
}

Result<algebra::PlanPtr> EngineCollections::read_by(const CollectionName& name,
                                                    std::span<const std::string> path,
                                                    const algebra::ExprPtr& keys) {
  const auto collection =
      find_collection(*call_.engine().catalog(), name.database, name.collection);
  if (!collection) return algebra::make_plan(algebra::Values{});
  // Keys of other indexes are in a form of their own, which an expression would have to make.
  if (path.size() != 1 || path.front() != kIdField) return algebra::PlanPtr();
  return as_documents(*collection, plan_by_keys(collection->id(), std::nullopt, keys));
}

Result<algebra::PlanPtr> EngineCollections::read_other(OtherSource source,
                                                       const CollectionName& collection,
                                                       const Value& spec) {
  TRY(auto rows, read_source(call_, source, collection, spec));
  return algebra::make_plan(algebra::Values{.rows = std::move(rows)});
}

}  // namespace octavo::mongodb
