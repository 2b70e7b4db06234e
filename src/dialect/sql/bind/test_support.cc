#include "dialect/sql/bind/test_support.h"

#include <fmt/format.h>

#include <limits>
#include <memory>
#include <utility>

#include "base/overloaded.h"
#include "catalog/change.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/reuse.h"
#include "dialect/sql/bind/view_forms.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/type/names.h"
#include "function/family.h"
#include "value/notation.h"

namespace octavo::sql {
namespace {

using catalog::ColumnDefinition;
using catalog::IndexDefinition;
using catalog::TableDefinition;
using value::LogicalType;
using value::Value;

const value::Collation* collation(std::string_view name) { return value::find_collation(name); }

LogicalType integer(std::uint8_t bits) { return {.kind = Kind::integer, .bits = bits}; }
LogicalType text(std::uint32_t length, std::string_view by = "utf8mb4_0900_ai_ci") {
  return {.kind = Kind::text, .length = length, .collation = collation(by)};
}
LogicalType decimal() { return {.kind = Kind::decimal, .precision = 10, .scale = 2}; }
LogicalType datetime() { return {.kind = Kind::datetime}; }

void must(const Status& status) { ASSERT(status.has_value()); }

class TableMaker {
 public:
  TableMaker(std::uint64_t id, std::string name) {
    table_.id = TableId{id};
    table_.database = DatabaseId{5000};
    table_.name = std::move(name);
  }

  TableMaker& column(std::string name, LogicalType type, bool nullable = true) {
    table_.columns.push_back({.id = ColumnId{table_.columns.size() + 1},
                              .name = std::move(name),
                              .type = value::make_type(std::move(type)),
                              .nullable = nullable});
    return *this;
  }
  ColumnDefinition& last() { return table_.columns.back(); }

  TableMaker& primary(std::vector<std::uint64_t> columns) {
    for (const std::uint64_t id : columns) table_.key_columns.push_back(ColumnId{id});
    table_.primary_key =
        columns.size() == 1 ? table_.find_column(ColumnId{columns.front()})->name : "_key";
    return *this;
  }

  // As the definition of an index over columns has it.
  TableMaker& index(std::string name, std::vector<std::uint64_t> columns, bool unique = false,
                    bool hidden = false) {
    constexpr algebra::VarId kRow{1};
    SessionFacts facts;
    function::EvalContext constants;
    const CallContext calls{facts, constants};
    IndexDefinition index;
    index.id = IndexId{100 + table_.indexes.size()};
    index.name = std::move(name);
    index.ready = true;
    index.unique = unique;
    index.hidden = hidden;
    std::vector<algebra::ExprPtr> parts;
    for (const std::uint64_t id : columns) {
      index.parts.push_back({.column = ColumnId{id}});
      const ColumnDefinition& column = *table_.find_column(ColumnId{id});
      const Typed field = bind_field(algebra::variable(kRow), column.name,
                                     column_type(column.type, column.nullable), column.name);
      parts.push_back(comparison_key(field, calls).value());
    }
    const algebra::ExprPtr key = parts.size() == 1 ? parts.front() : algebra::make_array(parts);
    must(algebra::encode(algebra::lambda({kRow}, key), index.function));
    value::ObjectBuilder options;
    options.set("nulls", Value::boolean(!unique));
    index.options = std::move(options).build();
    table_.indexes.push_back(std::move(index));
    return *this;
  }

  TableDefinition closed() {
    table_.open = false;
    return std::move(table_);
  }
  TableDefinition open() { return std::move(table_); }

 private:
  TableDefinition table_;
};

TableDefinition table_t() {
  TableMaker table(5001, "t");
  table.column("id", integer(32), false);
  table.last().auto_increment = true;
  table.column("a", integer(32)).column("b", text(20)).column("c", decimal(), false);
  must(algebra::encode(algebra::lambda({algebra::VarId{1}}, algebra::constant(Value::int64(0))),
                       table.last().default_value));
  table.column("k", datetime());
  return table.primary({1}).index("a", {2}).index("b", {3}).index("ab", {2, 3}, true).closed();
}

TableDefinition table_o() {
  TableMaker table(5002, "o");
  table.column("id", integer(64), false)
      .column("t_id", integer(32))
      .column("n", integer(32), false);
  return table.primary({1}).index("t_id", {2}).closed();
}

// With a primary key of two columns, and one that is a text.
TableDefinition table_p() {
  TableMaker table(5003, "p");
  table.column("x", integer(32), false).column("y", integer(32), false).column("z", text(10));
  table.column("_key", {.kind = Kind::array}, false);
  table.last().hidden = true;
  table.last().generated = catalog::Generated::stored;
  return table.primary({1, 2}).closed();
}

TableDefinition table_s() {
  TableMaker table(5004, "s");
  table.column("name", text(10), false).column("v", integer(32));
  table.column("w", integer(64));
  table.last().generated = catalog::Generated::stored;
  return table.primary({1}).index("PRIMARY", {1}, true, true).closed();
}

TableDefinition schemaless(std::uint64_t id, std::string name) {
  return TableMaker(id, std::move(name)).open();
}

catalog::CatalogPtr make_definitions() {
  catalog::CatalogEditor editor(catalog::CatalogState::initial());
  editor.apply(catalog::PutDatabase{{.id = DatabaseId{5000}, .name = "d"}});
  for (TableDefinition table : {table_t(), table_o(), table_p(), table_s(),
                                schemaless(5005, "users"), schemaless(5006, "blank")}) {
    editor.apply(catalog::PutTable{std::move(table)});
  }
  std::uint64_t view_id = 5100;
  const auto add_view = [&](std::string name, ViewForms forms) {
    catalog::ViewDefinition view;
    view.id = TableId{view_id++};
    view.database = DatabaseId{5000};
    view.name = std::move(name);
    view.definer = "admin";
    view.forms.set(kFormsName, to_value(forms));
    editor.apply(catalog::PutView{std::move(view)});
  };
  add_view("few", {.query = "select `d`.`t`.`id` AS `id`,`d`.`t`.`b` AS `b`,(`d`.`t`.`a` + 1) AS "
                            "`next` from `d`.`t` where (`d`.`t`.`a` > 10)"});
  add_view("named", {.query = "select `d`.`few`.`b` AS `b` from `d`.`few`", .columns = {"word"}});
  add_view("counts", {.query = "select count(0) AS `n`,max(`d`.`t`.`a`) AS `most` from `d`.`t`"});
  add_view("broken", {.query = "select `d`.`gone`.`x` AS `x` from `d`.`gone`"});
  add_view("ring", {.query = "select `d`.`ring`.`x` AS `x` from `d`.`ring`"});
  // Of the grammar of random statements.
  std::uint64_t id = 6000;
  for (const char* const name : {"a", "b1", "c d", "status", "select", "position", "key"}) {
    editor.apply(catalog::PutTable{schemaless(id++, name)});
  }
  return std::move(editor).publish();
}

std::string error_text(const Error& error) {
  return fmt::format("ERROR {}: {}", error.number, error.what);
}

std::string print(const algebra::PlanPtr& plan) { return algebra::print(plan, function::name_of); }
std::string print(const algebra::ExprPtr& expression) {
  return expression == nullptr ? "-" : algebra::print(expression, function::name_of);
}

std::string column_text(const OutputColumn& column) {
  std::string text = fmt::format("{} {}", column.name, type_text(*column.type.logical));
  if (!column.type.nullable) text += " not null";
  if (!column.original_name.empty()) {
    text += fmt::format(" = {}.{}({}).{}", column.database, column.table, column.original_table,
                        column.original_name);
  }
  return text;
}

std::string listed(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

BindingBench::BindingBench() : definitions_(make_definitions()) {
  facts.collation = collation("utf8mb4_0900_ai_ci");
  facts.database = "d";
  facts.version = "8.0.36";
  constants_.notes = &notes_;
}

std::string BindingBench::bound_text(const Statement& statement) {
  notes_.clear();
  locked_.clear();
  BindContext context{.definitions = *definitions_,
                      .session = facts,
                      .tables = *this,
                      .variables = *this,
                      .constants = constants_,
                      .parameters = parameters,
                      .subqueries = this,
                      .locks = this};
  Reuse reuse;
  std::vector<Constant> any;
  if (for_reuse) {
    any = reusable(parameters);
    context.parameters = any;
    context.reuse = &reuse;
  }
  std::string text =
      std::visit(Overloaded{
                     [&](Ref<Query> query) { return bound_text(*query, context); },
                     [&](Ref<Insert> insert) { return bound_text(*insert, context); },
                     [&](Ref<Update> update) {
                       return is_joined(*update) ? text_of(bind_joined_update(*update, context))
                                                 : text_of(bind_update(*update, context));
                     },
                     [&](Ref<Delete> node) {
                       return is_joined(*node) ? text_of(bind_joined_delete(*node, context))
                                               : text_of(bind_delete(*node, context));
                     },
                     [&](const auto&) { return std::string("no statement of the binder"); },
                 },
                 statement.node);
  if (reuse.refused()) return "NOT REUSED";
  text += locked_;
  for (const function::Note& note : notes_.kept()) {
    text += fmt::format("\nNOTE {}: {}", note.number, note.text);
  }
  return text;
}

std::string BindingBench::bound_text(const Query& query, BindContext& context) {
  auto bound = bind_query(query, context);
  if (bound && for_reuse) bound->plan = with_parameters(bound->plan, parameters);
  if (!bound) return error_text(bound.error());
  std::string text;
  for (const OutputColumn& column : bound->columns) text += column_text(column) + "\n";
  text += print(bound->plan);
  if (bound->without_limit != nullptr) text += "\nCOUNTED " + print(bound->without_limit);
  return text;
}

std::string BindingBench::bound_text(const Insert& insert, BindContext& context) {
  constexpr const char* kConflicts[] = {"fail", "skip", "replace", "update"};
  auto bound = bind_insert(insert, context);
  if (bound && for_reuse) bound = with_parameters(*bound, parameters);
  if (!bound) return error_text(bound.error());
  std::string text =
      fmt::format("insert {}.{} ({}) on conflict {}{}\n{}", bound->database, bound->name,
                  listed(bound->fields), kConflicts[static_cast<std::size_t>(bound->on_conflict)],
                  bound->ignore ? " ignore" : "", print(bound->rows));
  if (bound->merge != nullptr) {
    text += fmt::format("\nmerge ({}) {}", listed(bound->merged_fields), print(bound->merge));
  }
  return text;
}

std::string BindingBench::text_of(const BoundEdit& edit) {
  std::string text = fmt::format("{} {}.{}{}{} where {}", edit.edit == nullptr ? "erase" : "edit",
                                 edit.database, edit.name, edit.changes_key ? " key" : "",
                                 edit.ignore ? " ignore" : "", print(edit.condition));
  if (edit.edit != nullptr) {
    text += fmt::format("\nset ({}) {}", listed(edit.fields), print(edit.edit));
  }
  return text;
}

std::string BindingBench::text_of(Result<BoundEdit> edit) const {
  if (edit && for_reuse) edit = with_parameters(*edit, parameters);
  if (!edit) return error_text(edit.error());
  return text_of(*edit) + "\n" + print(edit->keys);
}

std::string BindingBench::text_of(const Result<BoundJoinedEdit>& edit) {
  if (!edit) return error_text(edit.error());
  std::string text;
  for (const BoundEdit& table : edit->tables) text += text_of(table) + "\n";
  return text + print(edit->rows);
}

Result<InferredColumns> BindingBench::inferred(const catalog::TableDefinition& table) {
  const Type name = text_type(*collation("utf8mb4_0900_bin"), 0xffffffff);
  if (table.name != "users") return InferredColumns{.columns = {{"id", name}}};
  return InferredColumns{
      .columns = {{"id", name}, {"address", json_type()}, {"age", big_integer()}, {"name", name}}};
}

Result<std::optional<ComputedTable>> BindingBench::computed(std::string_view database,
                                                            std::string_view table) {
  if (database != "info") return std::nullopt;
  if (table != "words") return error<1109>(table, database);
  std::vector<Value> rows;
  for (const std::string_view word : {"one", "two"}) {
    rows.push_back(Value::array({Value::string(word), Value::int64(1)}));
  }
  return ComputedTable{
      .database = "info",
      .name = "words",
      .columns = {{"WORD", text_type(*collation("utf8mb3_general_ci"), 64)}, {"N", big_integer()}},
      .rows = algebra::make_plan(algebra::Values{.rows = std::move(rows)})};
}

std::optional<std::uint64_t> BindingBench::estimated_rows(const catalog::TableDefinition& table) {
  if (table.name == "t") return 1000;
  if (table.name == "o") return 100'000;
  if (table.name == "p") return 5000;
  return std::nullopt;
}

// t: 1,000 rows, `a` of 4 values of which one is in nine of ten rows, `b` of 500 texts. o: 100,000
// rows, `t_id` of 5,000 values, `n` from 0 to 999. p: 5,000 rows, `x` of 1,000 values.
statistics::TablePointer BindingBench::statistics(const catalog::TableDefinition& table) {
  if (!has_statistics || !estimated_rows(table)) return nullptr;
  statistics::Table known{.uuid = {}, .rows = *estimated_rows(table)};
  if (table.name == "t") {
    statistics::Column a{.name = "a", .distinct = 4};
    a.common = {{Value::int64(1), 0.9},
                {Value::int64(2), 0.05},
                {Value::int64(3), 0.03},
                {Value::int64(4), 0.02}};
    known.columns.push_back(std::move(a));
    statistics::Column b{.name = "b", .distinct = 500};
    for (const char* const text : {"aa", "ba", "bz", "ca", "zz"}) {
      b.bounds.push_back(Value::string(text));
    }
    known.columns.push_back(std::move(b));
  } else if (table.name == "o") {
    known.columns.push_back({.name = "t_id", .distinct = 5000, .null_share = 0.5});
    statistics::Column n{.name = "n", .distinct = 1000};
    n.bounds = {Value::int64(0), Value::int64(999)};
    known.columns.push_back(std::move(n));
  } else if (table.name == "p") {
    known.columns.push_back({.name = "x", .distinct = 1000});
  }
  return std::make_shared<const statistics::Table>(std::move(known));
}

Result<Constant> BindingBench::user(std::string_view name) {
  if (name == "one") return Constant{Value::int64(1), big_integer()};
  return Constant{Value(), null_type()};
}

Result<Constant> BindingBench::system(const SystemVariable& variable) {
  if (variable.path.back() != "autocommit") return error<1193>(variable.path.back());
  return Constant{Value::int64(1), big_integer()};
}

Result<std::vector<Value>> BindingBench::rows(const algebra::PlanPtr& plan) {
  const algebra::Plan* below = plan.get();
  std::optional<std::uint64_t> most;
  if (const auto* limit = std::get_if<algebra::Limit>(&below->node)) {
    most = limit->count;
    below = limit->input.get();
  }
  while (const auto* filter = std::get_if<algebra::Filter>(&below->node)) {
    below = filter->input.get();
  }
  const auto* const values = std::get_if<algebra::Values>(&below->node);
  if (values == nullptr) return not_supported("running a plan");
  std::vector<Value> rows = values->rows;
  if (most && rows.size() > *most) rows.resize(*most);
  return rows;
}

Result<std::vector<Value>> BindingBench::read(const algebra::PlanPtr& plan,
                                              std::span<const LockedTable> tables,
                                              std::uint64_t most) {
  constexpr const char* kWaits[] = {"", " nowait", " skip"};
  for (const LockedTable& table : tables) {
    locked_ += fmt::format("\nLOCK {} {}{} by {}", std::to_underlying(table.table),
                           table.shared ? "shared" : "exclusive",
                           kWaits[static_cast<std::size_t>(table.wait)], print(table.key));
  }
  if (most != std::numeric_limits<std::uint64_t>::max()) locked_ += fmt::format("\nFIRST {}", most);
  locked_ += "\n" + print(plan);
  return std::vector<Value>();
}

}  // namespace octavo::sql
