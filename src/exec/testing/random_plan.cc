#include "exec/testing/random_plan.h"

#include <algorithm>

#include "exec/testing/random_tables.h"
#include "exec/testing/rows.h"
#include "exec/testing/terms.h"

namespace octavo::exec::testing_support {
namespace {

using algebra::ExprPtr;
using algebra::make_plan;
using algebra::PlanPtr;
using value::Value;

using Names = std::vector<std::string>;

// A plan, and the fields that its rows have for the most part; none where they may be of any type.
struct Made {
  PlanPtr plan;
  Names fields;
};

class Planner {
 public:
  Planner(Random& random, const Tables& tables) : random_(random), tables_(tables) {}

  PlanPtr plan() {
    Made made = rows(2);
    if (chance(15)) made.plan = make_plan(limit(std::move(made.plan)));
    return made.plan;
  }

 private:
  bool chance(std::uint64_t percent) { return random_.below(100) < percent; }
  template <class List>
  const auto& pick(const List& list) {
    return list[random_.below(list.size())];
  }

  // A source and some nodes above it; unions and other sources down to so many levels.
  Made rows(int levels) {
    Made made = levels > 0 && chance(20) ? several(levels - 1) : source();
    for (std::uint64_t i = random_.below(4); i > 0; --i) made = above(std::move(made));
    return made;
  }

  // Groups of a scan alone may be had without its rows.
  Made source() {
    if (chance(25)) return literal();
    if (chance(15)) return plain_joins();
    if (chance(15)) return numbers(scan());
    return chance(10) ? group(scan()) : scan();
  }

  Made literal() {
    std::vector<Value> values;
    const bool documents = chance(60);
    for (std::uint64_t i = random_.below(20); i > 0; --i) {
      values.push_back(documents ? random_document(random_) : random_scalar(random_));
    }
    return {make_plan(algebra::Values{std::move(values)}), documents ? kOfTables : Names{}};
  }

  Made scan() {
    const Table& table = pick(tables_);
    algebra::Scan out{.table = table.id};
    const TableIndex* index = chance(60) ? &pick(table.indexes) : nullptr;
    if (index != nullptr) out.index = index->id;
    if (chance(25)) {
      algebra::KeySet set;
      for (std::uint64_t i = random_.below(5); i > 0; --i) set.keys.push_back(key(table, index));
      if (!set.keys.empty() && chance(30)) set.keys.push_back(set.keys.front());
      out.keys = std::move(set);
    } else if (chance(50)) {
      out.keys = algebra::KeyRange{bound(table, index), bound(table, index)};
    }
    if (chance(60)) out.order = direction();
    return {make_plan(std::move(out)), kOfTables};
  }

  algebra::Bound bound(const Table& table, const TableIndex* index) {
    if (chance(30)) return {};
    return {key(table, index), chance(50)};
  }

  // One that a row has, for the most part.
  Value key(const Table& table, const TableIndex* index) {
    if (table.rows.empty() || chance(20)) return random_scalar(random_);
    const Value& document = pick(table.rows);
    if (index == nullptr) return *document.find("id");
    if (index->name == "compound")
      return Value::array({random_scalar(random_), field_of(document, "n")});
    if (index->name == "nested") return field_of(field_of(document, "d"), "n");
    Value found = field_of(document, index->name);
    if (!index->multi || !found.is_array() || found.as_array().empty()) return found;
    return pick(found.as_array());
  }
  Value field_of(const Value& document, std::string_view name) {
    const Value* found = document.find(name);
    return found != nullptr ? *found : random_scalar(random_);
  }

  algebra::Direction direction() {
    return chance(50) ? algebra::Direction::ascending : algebra::Direction::descending;
  }

  Made several(int levels) {
    algebra::Union all;
    Names fields;
    for (std::uint64_t i = random_.below(4); i > 0; --i) {
      Made one = rows(levels);
      all.inputs.push_back(std::move(one.plan));
      fields = std::move(one.fields);
    }
    return {make_plan(std::move(all)), std::move(fields)};
  }

  Made above(Made made) {
    switch (random_.below(16)) {
      case 0:
      case 1: return {make_plan(algebra::Filter{made.plan, predicate(made.fields)}), made.fields};
      case 2: return map(std::move(made));
      case 3: return unwind(std::move(made));
      case 4:
      case 5: return {make_plan(sort(made)), made.fields};
      case 6:
      case 7: return {ordered_limit(made), made.fields};
      case 13: {
        made.plan = make_plan(sort(made));
        return {ordered_limit(made), made.fields};
      }
      case 8: return {make_plan(algebra::Distinct{made.plan}), made.fields};
      case 9: return chance(40) ? join(std::move(made)) : hash_join(std::move(made));
      case 10: return group(std::move(made));
      case 11: return failing(std::move(made));
      case 14: return numbers(std::move(made));
      case 15: return apply(std::move(made));
      default: return {make_plan(algebra::Filter{made.plan, always(made.fields)}), made.fields};
    }
  }

  // Which rows are equal says ReQL's order alone: in the others the order of fields counts, and
  // which one of equal rows a node below has left is open.
  value::Order order(const PlanPtr& input) {
    if (merges_rows(input)) return value::Order::by_type_name;
    constexpr std::array kOrders{value::Order::native, value::Order::by_type_name,
                                 value::Order::bson};
    return pick(kOrders);
  }

  algebra::Sort sort(const Made& made) {
    algebra::Sort out{made.plan, {}, order(made.plan)};
    if (chance(20)) out.ties = algebra::Direction::descending;
    if (chance(10)) out.most = {.rows = random_.below(40), .refusal = "More rows than these."};
    for (std::uint64_t i = 1 + random_.below(2); i > 0; --i) {
      out.keys.push_back({of_row(expression(made.fields)), direction()});
    }
    return out;
  }

  algebra::Limit limit(PlanPtr input) {
    algebra::Limit out{std::move(input), chance(50) ? 0 : random_.below(8), {}};
    if (chance(85)) out.count = chance(5) ? 300 : random_.below(8);
    return out;
  }
  // Over a sequence. Rows that are equal by all keys are equal, once the row is one of them.
  PlanPtr ordered_limit(const Made& made) {
    if (promise_of(made.plan) == Promise::sequence) return make_plan(limit(made.plan));
    algebra::Sort by_row = sort(made);
    by_row.keys.push_back({of_row(row()), direction()});
    return make_plan(limit(make_plan(std::move(by_row))));
  }

  // Arrays of fields of a table, sorted by others of them.
  Made sorted_arrays() {
    Made of = scan();
    algebra::Sort sorting = sort(of);
    for (algebra::SortKey& key : sorting.keys) {
      if (chance(80)) key.key = of_row(sql_term("field", {row(), text(pick(of.fields))}));
    }
    of.plan = make_plan(std::move(sorting));
    if (chance(30)) of.plan = make_plan(limit(std::move(of.plan)));
    algebra::MakeArray array;
    for (std::uint64_t i = 1 + random_.below(3); i > 0; --i) {
      array.elements.push_back(sql_term("field", {row(), text(pick(of.fields))}));
    }
    auto made = std::make_shared<const algebra::Expr>(algebra::Expr{std::move(array)});
    return {make_plan(algebra::Map{of.plan, of_row(std::move(made))}), {}};
  }

  Made map(Made made) {
    if (chance(15)) return sorted_arrays();
    if (chance(50))
      return {make_plan(algebra::Map{made.plan, of_row(expression(made.fields))}), {}};
    const ExprPtr document = algebra::make_object(
        {{"a", expression(made.fields)}, {"n", exact(made.fields)}, {"tags", array(made.fields)}});
    return {make_plan(algebra::Map{made.plan, of_row(document)}), {"a", "n", "tags"}};
  }

  // With an error for few of the rows, and for the most part a limit that may not need these.
  Made failing(Made made) {
    const ExprPtr function =
        term("branch", {comparison(made.fields, "eq"), term("error", {text("stop")}), row()});
    made.plan = make_plan(algebra::Map{made.plan, of_row(function)});
    if (promise_of(made.plan) != Promise::sequence) return made;
    if (chance(50)) made = unwind(std::move(made));
    if (chance(80)) made.plan = make_plan(limit(std::move(made.plan)));
    return made;
  }

  // What a function, or one that may miss, makes of the rows; often of few of them, and grouped.
  Made numbers(Made made) {
    const ExprPtr value = exact(made.fields);
    if (chance(50)) {
      made.plan = make_plan(algebra::Map{made.plan, of_row(value)});
    } else {
      ExprPtr one = term("at_most_one", {value});
      if (chance(50)) one = term("sequence_of", {std::move(one)});  // as the dialect has it
      made.plan = make_plan(algebra::Unwind{made.plan, of_row(one)});
    }
    if (chance(40)) {
      const ExprPtr test = term(chance(50) ? "gt" : "ne", {row(), literal_number()});
      made.plan = make_plan(algebra::Filter{made.plan, of_row(test)});
    }
    switch (random_.below(4)) {
      case 0: return {make_plan(algebra::Distinct{made.plan}), {}};
      case 1: return {made.plan, {}};
      default: break;
    }
    algebra::Group out{made.plan, {}, {}, order(made.plan), chance(20)};
    if (chance(40)) out.keys.push_back(of_row(term("or_null", {row()})));
    out.aggregates.push_back({.kind = algebra::AggregateKind::sum,
                              .argument = of_row(term("number_of", {row()})),
                              .required = chance(50)});
    return {make_plan(std::move(out)), {"group", "reduction"}};
  }

  Made unwind(Made made) {
    return {make_plan(algebra::Unwind{made.plan, of_row(array(made.fields))}), {}};
  }

  Made join(Made made) {
    const Table& table = pick(tables_);
    algebra::LookupJoin out{.outer = made.plan,
                            .key = of_row(expression(made.fields)),
                            .table = table.id,
                            .keep_order = chance(50),
                            .keep_unmatched = chance(30)};
    if (chance(60)) out.index = pick(table.indexes).id;
    return {make_plan(std::move(out)), {"left", "right"}};
  }

  // A scan whose keys or filter go by what the outer row has, and seldom more above it.
  Made apply(Made made) {
    const Table& table = pick(tables_);
    const ExprPtr outer = algebra::variable(kOuter);
    algebra::ScanBy scan{.table = table.id};
    if (chance(40)) scan.index = pick(table.indexes).id;
    if (chance(50)) scan.order = direction();
    switch (random_.below(4)) {
      case 0: scan.lower = {outer, chance(50)}; break;
      case 1: scan.upper = {outer, chance(50)}; break;
      default: scan.keys.push_back(outer); break;
    }
    PlanPtr inner = make_plan(std::move(scan));
    if (chance(30)) {
      const ExprPtr test = term(chance(50) ? "ne" : "le", {guarded("n"), outer});
      inner = make_plan(algebra::Filter{inner, of_row(test)});
    }
    if (chance(20)) inner = group({inner, kOfTables}).plan;
    algebra::Apply out{.outer = made.plan,
                       .inner = std::move(inner),
                       .params = {kOuter},
                       .arguments = of_row(algebra::make_array({expression(made.fields)})),
                       .keep_unmatched = chance(30)};
    if (chance(20)) out.condition = of_row(comparison({"left", "right"}, "ne"));
    return {make_plan(std::move(out)), {"left", "right"}};
  }

  Made hash_join(Made made) {
    using enum algebra::JoinKind;
    const Made other = source();
    algebra::Join out{.kind = pick(std::array{inner, left, semi, anti, mark}),
                      .left = made.plan,
                      .right = other.plan,
                      .order = order(merges_rows(made.plan) ? made.plan : other.plan),
                      .null_aware = chance(40),
                      .hold_left = chance(40)};
    for (std::uint64_t i = chance(10) ? 0 : 1 + random_.below(2); i > 0; --i) {
      if (chance(30)) {
        out.keys.push_back({of_row(expression(made.fields)), of_row(expression(other.fields))});
      } else {
        const ExprPtr key = of_row(nullable(pick(kAnywhere)));
        out.keys.push_back({key, key});
      }
    }
    if (out.keys.empty() || chance(40)) out.condition = predicate({"left", "right"});
    switch (out.kind) {
      case inner:
      case left: return {make_plan(std::move(out)), {"left", "right"}};
      case mark: return {make_plan(std::move(out)), {}};
      case semi:
      case anti: return {make_plan(std::move(out)), made.fields};
    }
    return made;
  }

  // --- Of a dialect that sees nothing of a row but fields that it names ---

  using Field = std::vector<std::string>;  // a path
  struct Plain {
    PlanPtr plan;
    std::vector<Field> fields;
    bool pairs = false;
  };

  // Joins of filtered scans, which may be had over columns, and what is counted of them.
  Made plain_joins() {
    const Plain joined = plain_join(chance(30) ? 2 : 1);
    const Names fields = joined.pairs ? Names{"left", "right"} : kOfTables;
    if (chance(50)) return {joined.plan, fields};
    if (chance(50)) {
      const ExprPtr some = algebra::make_array({plain(joined.fields), plain(joined.fields)});
      return {make_plan(algebra::Map{joined.plan, of_row(some)}), {}};
    }
    algebra::Group out{joined.plan, {}, {}, value::Order::native};
    if (chance(70)) out.keys.push_back(of_row(plain(joined.fields)));
    out.aggregates.push_back({algebra::AggregateKind::count, nullptr});
    return {make_plan(std::move(out)), {"group", "reduction"}};
  }

  Plain plain_join(int levels) {
    Plain made =
        levels == 0 || chance(20) ? plain_scan() : join_plain(plain_join(levels - 1), levels);
    if (chance(40)) made.plan = make_plan(algebra::Filter{made.plan, plain_test(made.fields)});
    return made;
  }
  Plain plain_scan() {
    Plain out{scan().plan, {}};
    // Integers that are marked as of 32 bits are in "w" alone; SQL has no word for the mark.
    for (const std::string& name : kOfTables) {
      if (name != "w") out.fields.push_back({name});
    }
    out.fields.push_back({"d", "n"});
    return out;
  }

  Plain join_plain(Plain left, int levels) {
    Plain right = chance(30) ? plain_join(levels - 1) : plain_scan();
    if (chance(40)) {
      const Table& table = pick(tables_);
      algebra::LookupJoin out{.outer = left.plan,
                              .key = of_row(plain(left.fields)),
                              .table = table.id,
                              .keep_unmatched = chance(30)};
      if (chance(60)) out.index = pick(table.indexes).id;
      return pairs_of(make_plan(std::move(out)), left, plain_scan());
    }
    using algebra::JoinKind;
    algebra::Join out{.kind = pick(std::array{JoinKind::inner, JoinKind::inner, JoinKind::left,
                                              JoinKind::semi, JoinKind::anti}),
                      .left = left.plan,
                      .right = right.plan,
                      .order = value::Order::native,
                      .hold_left = chance(50)};
    for (std::uint64_t i = 1 + random_.below(2); i > 0; --i) {
      out.keys.push_back({of_row(plain(left.fields)), of_row(plain(right.fields))});
      if (chance(60)) out.keys.back() = same_field(left, right);
    }
    const bool pairs = out.kind == JoinKind::inner || out.kind == JoinKind::left;
    const Plain both = pairs_of(nullptr, left, right);
    if (chance(30)) out.condition = plain_test(both.fields);
    const PlanPtr plan = make_plan(std::move(out));
    return pairs ? pairs_of(plan, left, right) : Plain{plan, left.fields, left.pairs};
  }
  static Plain pairs_of(PlanPtr plan, const Plain& left, const Plain& right) {
    Plain out{std::move(plan), {}, true};
    const auto add = [&out](std::string_view side, const Plain& of) {
      for (Field field : of.fields) {
        field.insert(field.begin(), std::string(side));
        out.fields.push_back(std::move(field));
      }
    };
    add("left", left);
    add("right", right);
    return out;
  }
  // Fields that rows of tables have in common.
  algebra::JoinKey same_field(const Plain& left, const Plain& right) {
    const std::size_t place = random_.below(std::min(left.fields.size(), right.fields.size()));
    return {of_row(plain_field(left.fields[place])), of_row(plain_field(right.fields[place]))};
  }
  static ExprPtr plain_field(const Field& field) {
    ExprPtr found = row();
    for (const std::string& name : field) found = sql_term("field", {std::move(found), text(name)});
    return found;
  }
  ExprPtr plain(const std::vector<Field>& fields) { return plain_field(pick(fields)); }
  ExprPtr plain_test(const std::vector<Field>& fields) {
    constexpr std::string_view kTests[] = {"equal", "less", "greater_or_equal", "null_safe_equal"};
    ExprPtr test = chance(70) ? sql_term(pick(std::span(kTests)), {plain(fields), literal_number()})
                              : sql_term("is_null", {plain(fields)});
    if (chance(30)) test = sql_term("or", {std::move(test), sql_term("is_null", {plain(fields)})});
    return of_row(sql_term("is_true", {std::move(test)}));
  }

  // The same of rows that have it in common, and seldom of others; null where there is none.
  ExprPtr nullable(std::string_view name) {
    return term("branch", {term("eq", {term("type_of", {row()}), text("OBJECT")}),
                           term("or_null", {field(row(), name)}), algebra::constant(Value())});
  }

  Made group(Made made) {
    algebra::Group out{made.plan, {}, {}, order(made.plan), chance(20)};
    for (std::uint64_t i = random_.below(3); i > 0; --i) {
      out.keys.push_back(of_row(expression(made.fields)));
    }
    for (std::uint64_t i = chance(70) ? 1 : random_.below(4); i > 0; --i) {
      algebra::Aggregate& added = out.aggregates.emplace_back(aggregate(made.fields));
      added.required = added.argument != nullptr && chance(30);
    }
    return {make_plan(std::move(out)), {"group", "reduction"}};
  }

  algebra::Aggregate aggregate(const Names& fields) {
    using enum algebra::AggregateKind;
    switch (random_.below(6)) {
      case 0: return {count, nullptr};
      case 1: return {count, of_row(chance(50) ? some_field(fields) : expression(fields))};
      case 2: return {minimum, of_row(expression(fields))};
      case 3: return {maximum, of_row(expression(fields))};
      case 4: return {average, of_row(exact(fields))};
      default: return {sum, of_row(exact(fields))};
    }
  }

  ExprPtr literal_scalar() { return algebra::constant(random_scalar(random_)); }
  ExprPtr literal_number() { return algebra::constant(random_number(random_)); }

  // The field of a row that may not have it, or be no object.
  ExprPtr guarded(std::string_view name) {
    return term("branch", {term("eq", {term("type_of", {row()}), text("OBJECT")}),
                           term("default", {field(row(), name), literal_scalar()}), row()});
  }

  ExprPtr expression(const Names& fields) {
    switch (random_.below(11)) {
      case 0: return row();
      case 1: return literal_scalar();
      case 2: return exact(fields);
      case 3: return predicate_body(fields);
      case 4: return algebra::make_array({guarded("a"), guarded("n")});
      case 5: return term("or_null", {some_field(fields)});
      case 6:
      case 7: return guarded(pick(kAnywhere));
      case 8: return longer_text();
      default: return some_field(fields);
    }
  }
  // A new text, not one that the row shares.
  ExprPtr longer_text() {
    const ExprPtr found = guarded("s");
    return term("branch", {term("eq", {term("type_of", {found}), text("STRING")}),
                           term("add", {found, found}), row()});
  }
  ExprPtr some_field(const Names& fields) {
    if (fields.empty()) return chance(80) ? row() : field(row(), "a");
    const std::string& name = pick(fields);
    ExprPtr found = field(row(), name);
    if (name == "left" || name == "right") return field(std::move(found), pick(kOfTables));
    return name == "d" && chance(70) ? field(std::move(found), "n") : found;
  }

  // A number of which sums are exact; seldom none at all.
  ExprPtr exact(const Names& fields) {
    ExprPtr found = fields.empty() && chance(80) ? literal_number() : exact_field(fields);
    switch (random_.below(8)) {
      case 0:
      case 1: return term("add", {std::move(found), literal_number()});
      case 2:
      case 3: return term("default", {std::move(found), literal_number()});
      case 4: return term("number_of", {std::move(found)});
      default: return found;
    }
  }
  ExprPtr exact_field(const Names& fields) {
    const auto has = [&fields](std::string_view name) {
      return std::ranges::find(fields, name) != fields.end();
    };
    ExprPtr of = row();
    if (has("left")) return field(field(row(), chance(50) ? "left" : "right"), "n");
    if (has("d") && chance(30)) of = field(row(), "d");
    return field(std::move(of), "n");
  }

  ExprPtr array(const Names& fields) {
    switch (random_.below(5)) {
      case 0: return algebra::make_array({row(), expression(fields), row()});
      case 1: return algebra::make_array({});
      case 2: return term("at_most_one", {some_field(fields)});
      case 3:
        if (chance(15)) return guarded("tags");
        [[fallthrough]];
      default: {
        const ExprPtr tags = guarded("tags");
        return term("branch", {term("eq", {term("type_of", {tags}), text("ARRAY")}), tags,
                               algebra::make_array({row()})});
      }
    }
  }

  ExprPtr predicate(const Names& fields) { return of_row(predicate_body(fields)); }
  ExprPtr predicate_body(const Names& fields) {
    constexpr std::string_view kComparisons[] = {"eq", "ne", "lt", "le", "gt", "ge"};
    switch (random_.below(9)) {
      case 0: return term("filter_test", {some_field(fields)});
      case 7: return term("filter_match", {row(), algebra::constant(pattern(fields))});
      case 8: return has_fields(fields);
      case 1: return term("not", {comparison(fields, pick(std::span(kComparisons)))});
      case 2:
        return term(chance(50) ? "and" : "or",
                    {comparison(fields, "gt"), comparison(fields, pick(std::span(kComparisons)))});
      case 3: return term("has_fields", {guarded("d"), text("n")});
      case 4: return expression_of_fields(fields);
      default: return comparison(fields, pick(std::span(kComparisons)));
    }
  }
  // An object that some rows match.
  Value pattern(const Names& fields) {
    const Value wanted = random_scalar(random_);
    const std::string name = fields.empty() ? "a" : pick(fields);
    if (name != "d") return Value::object({{name, wanted}});
    return Value::object({{name, Value::object({{"n", wanted}})}});
  }
  ExprPtr has_fields(const Names& fields) {
    const std::string name = fields.empty() ? "a" : pick(fields);
    ExprPtr path =
        name != "d" ? text(name) : algebra::constant(Value::object({{name, Value::string("n")}}));
    if (fields.empty() || chance(20)) return term("has_fields", {guarded("d"), std::move(path)});
    return term("has_fields", {row(), std::move(path)});
  }
  ExprPtr expression_of_fields(const Names& fields) {
    return fields.empty() ? literal_scalar() : some_field(fields);
  }
  ExprPtr comparison(const Names& fields, std::string_view name) {
    return term(name, {chance(60) ? guarded(pick(kAnywhere)) : some_field(fields),
                       chance(80) ? literal_scalar() : guarded(pick(kAnywhere))});
  }
  // True for all rows, or nearly.
  ExprPtr always(const Names& fields) {
    return of_row(term("or", {comparison(fields, "ne"), comparison(fields, "le")}));
  }

  static constexpr algebra::VarId kOuter{100};
  static inline const Names kOfTables{"id", "n", "a", "b", "d", "tags", "s", "w"};
  static inline const Names kAnywhere{"n", "a", "b", "s", "w", "group", "id"};

  Random& random_;
  const Tables& tables_;
};

}  // namespace

PlanPtr random_plan(Random& random, const Tables& tables) { return Planner(random, tables).plan(); }

}  // namespace octavo::exec::testing_support
