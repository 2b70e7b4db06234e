// EXPLAIN: the operators that the server runs (FORMAT=TREE), or a row for each table that it reads,
// which FORMAT=JSON has as a document.

#include <set>
#include <utility>

#include "algebra/children.h"
#include "algebra/plan.h"
#include "dialect/sql/bind/bound.h"
#include "dialect/sql/bind/explain.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/state/words.h"
#include "protocol/mysql/language/explain_json.h"
#include "protocol/mysql/language/explain_text.h"
#include "protocol/mysql/language/grants.h"
#include "protocol/mysql/language/query_rows.h"
#include "protocol/mysql/language/run_statements.h"
#include "protocol/mysql/language/schema_tables.h"

namespace octavo::mysql {
namespace {

using value::Value;

sql::OutputColumn explained(std::string_view name, std::uint32_t characters) {
  sql::OutputColumn column;
  column.name = name;
  column.type = sql::text_type(*value::find_collation("utf8mb3_general_ci"), characters);
  return column;
}

sql::OutputColumn explained_number(std::string_view name, sql::Type type) {
  sql::OutputColumn column;
  column.name = name;
  column.type = with_null(std::move(type), true);
  return column;
}

// As wide as MySQL has them.
std::vector<sql::OutputColumn> table_columns() {
  constexpr std::uint32_t kName = 64, kKeys = 64, kParts = 16;
  std::vector<sql::OutputColumn> columns;
  columns.push_back(explained_number("id", sql::big_integer(true, 3)));
  columns.back().type.nullable = false;
  columns.push_back(explained("select_type", 19));
  columns.back().type.nullable = false;
  columns.push_back(explained("table", kName));
  columns.push_back(explained("partitions", kName));
  columns.push_back(explained("type", 10));
  columns.push_back(explained("possible_keys", kName * kKeys));
  columns.push_back(explained("key", kName));
  columns.push_back(explained("key_len", kName * kKeys));
  columns.push_back(explained("ref", kName * kParts));
  columns.push_back(explained_number("rows", sql::big_integer(true, 10)));
  sql::Type filtered = sql::double_type();
  filtered.width = 4;
  filtered.decimals = 2;
  columns.push_back(explained_number("filtered", std::move(filtered)));
  columns.push_back(explained("Extra", 255));
  columns.back().type.nullable = false;
  return columns;
}

// How a table is read, in MySQL's words for it.
std::string_view access_of(const algebra::Scan& scan) {
  if (const auto* keys = std::get_if<algebra::KeySet>(&scan.keys)) {
    if (scan.index) return "ref";
    return keys->keys.size() == 1 ? "const" : "range";
  }
  const auto& range = std::get<algebra::KeyRange>(scan.keys);
  if (range.lower.value || range.upper.value) return "range";
  return scan.index || scan.order ? "index" : "ALL";
}

std::string_view access_of(const algebra::ScanBy& scan) {
  if (scan.keys.empty()) return "range";
  return scan.index ? "ref" : "eq_ref";
}

class TableRows {
 public:
  TableRows(const catalog::CatalogState& definitions, engine::Engine& engine,
            exec::QueryContext& context)
      : definitions_(definitions), engine_(engine), context_(context) {}

  // The rows of a whole statement: of the query, then of those in its expressions.
  void add_all(const algebra::Plan& plan) {
    add_query(plan, has_subplans(plan) ? "PRIMARY" : "SIMPLE");
  }
  std::vector<Value> take() && { return std::move(rows_); }

 private:
  static bool has_subplans(const algebra::Plan& plan) {
    bool found = false;
    algebra::for_each_expression(plan, [&found](const algebra::ExprPtr& expression) {
      found = found || algebra::has_subplan(expression);
    });
    algebra::for_each_input(
        plan, [&found](const algebra::PlanPtr& input) { found = found || has_subplans(*input); });
    return found;
  }

  void add_query(const algebra::Plan& plan, std::string_view type) {
    id_ = ++last_id_;
    type_ = type;
    std::vector<const algebra::Subplan*> within;
    const std::size_t before = rows_.size();
    add(plan, {}, within);
    if (rows_.size() == before) add_row("", "", "", no_cell(), "No tables used");
    std::set<const algebra::Plan*> seen;
    for (const algebra::Subplan* subplan : within) {
      if (!seen.insert(subplan->plan.get()).second) continue;
      add_query(*subplan->plan, subplan->params.empty() ? "SUBQUERY" : "DEPENDENT SUBQUERY");
    }
  }

  // What is done with the rows of a table.
  struct Above {
    bool filtered = false, sorted = false, held = false;

    std::string extra() const {
      std::string text;
      const auto add = [&text](bool is_so, std::string_view words) {
        if (is_so) text.append(text.empty() ? "" : "; ").append(words);
      };
      add(filtered, "Using where");
      add(sorted, "Using filesort");
      add(held, "Using join buffer (hash join)");
      return text;
    }
  };

  void add(const algebra::Plan& plan, Above above, std::vector<const algebra::Subplan*>& within) {
    algebra::for_each_expression(plan, [&](const algebra::ExprPtr& expression) {
      algebra::for_each_subplan(
          *expression, [&within](const algebra::Subplan& subplan) { within.push_back(&subplan); });
    });
    if (const auto* scan = std::get_if<algebra::Scan>(&plan.node)) add_scan(*scan, above);
    if (const auto* scan = std::get_if<algebra::ScanBy>(&plan.node)) add_scan(*scan, above);
    above.filtered = above.filtered || std::holds_alternative<algebra::Filter>(plan.node);
    above.sorted = above.sorted || std::holds_alternative<algebra::Sort>(plan.node);
    algebra::for_each_input(plan, [&](const algebra::PlanPtr& input) {
      add(*input, above, within);
      above.sorted = false;
      above.held = std::holds_alternative<algebra::Join>(plan.node);
    });
    if (const auto* join = std::get_if<algebra::LookupJoin>(&plan.node)) {
      above.filtered = above.filtered || join->condition != nullptr;
      add_lookup(*join, above);
    }
  }

  template <class AnyScan>
  void add_scan(const AnyScan& scan, const Above& above) {
    const std::string_view access = access_of(scan);
    const bool is_whole = access == "ALL";
    const bool is_one = access == "const" || access == "eq_ref";
    const Value rows = is_one ? number_cell(1) : rows_of(scan.table);
    Above shown = above;
    // MySQL asks rows of a range for its condition, and says so.
    shown.filtered = shown.filtered || access == "range";
    add_row(name_of(scan.table), access, is_whole ? "" : key_of(scan.table, scan.index), rows,
            shown.extra());
  }
  // For each row of those before it.
  void add_lookup(const algebra::LookupJoin& join, const Above& above) {
    const catalog::TableDefinition* table = definitions_.find_table(join.table);
    const auto* index = table == nullptr || !join.index ? nullptr : table->find_index(*join.index);
    const bool is_one = !join.index || (index != nullptr && index->unique);
    add_row(name_of(join.table), is_one ? "eq_ref" : "ref", key_of(join.table, join.index),
            is_one ? number_cell(1) : rows_of(join.table), above.extra());
  }

  std::string_view name_of(TableId id) const {
    const catalog::TableDefinition* table = definitions_.find_table(id);
    return table == nullptr ? std::string_view() : table->name;
  }
  std::string_view key_of(TableId id, std::optional<IndexId> of) const {
    if (!of) return "PRIMARY";
    const catalog::TableDefinition* table = definitions_.find_table(id);
    const auto* index = table == nullptr ? nullptr : table->find_index(*of);
    return index == nullptr ? std::string_view() : index->name;
  }
  Value rows_of(TableId table) {
    const auto count = engine_.estimate_count(table, context_);
    return count ? number_cell(*count) : no_cell();
  }
  void add_row(std::string_view table, std::string_view access, std::string_view key, Value rows,
               std::string_view extra) {
    constexpr double kAll = 100;
    const auto text = [](std::string_view words) {
      return words.empty() ? no_cell() : text_cell(words);
    };
    rows_.push_back(
        Value::array({number_cell(id_), text_cell(type_), text(table), no_cell(), text(access),
                      text(key), text(key), no_cell(), no_cell(), std::move(rows),
                      table.empty() ? no_cell() : Value::float64(kAll), text(extra)}));
  }

  const catalog::CatalogState& definitions_;
  engine::Engine& engine_;
  exec::QueryContext& context_;
  std::uint64_t last_id_ = 0, id_ = 0;  // of queries
  std::string_view type_;
  std::vector<Value> rows_;
};

// The plan that a statement reads rows by. The binder asks for the rights that the statement needs.
Result<algebra::PlanPtr> plan_of(const sql::Statement& statement, sql::BindContext& context) {
  if (const auto* query = std::get_if<sql::Ref<sql::Query>>(&statement.node)) {
    TRY(auto bound, sql::bind_query(**query, context));
    return std::move(bound.plan);
  }
  if (const auto* update = std::get_if<sql::Ref<sql::Update>>(&statement.node)) {
    if (sql::is_joined(**update)) {
      TRY(auto joined, sql::bind_joined_update(**update, context));
      return std::move(joined.rows);
    }
    TRY(auto bound, sql::bind_update(**update, context));
    return std::move(bound.keys);
  }
  if (const auto* erase = std::get_if<sql::Ref<sql::Delete>>(&statement.node)) {
    if (sql::is_joined(**erase)) {
      TRY(auto joined, sql::bind_joined_delete(**erase, context));
      return std::move(joined.rows);
    }
    TRY(auto bound, sql::bind_delete(**erase, context));
    return std::move(bound.keys);
  }
  if (const auto* insert = std::get_if<sql::Ref<sql::Insert>>(&statement.node)) {
    TRY(auto bound, sql::bind_insert(**insert, context));
    return std::move(bound.rows);
  }
  return sql::not_supported("EXPLAIN of this statement");
}

constexpr std::uint32_t kDocumentWidth = 1'024;

Result<sql::BoundQuery> as_tree(std::string_view text) {
  sql::BoundQuery bound;
  bound.columns.push_back(explained("EXPLAIN", kDocumentWidth));
  bound.plan = algebra::make_plan(algebra::Values{{Value::array({text_cell(text)})}});
  return bound;
}

// A row for each table, or all of them as one document.
Result<sql::BoundQuery> as_rows(Execution& execution, const catalog::CatalogState& definitions,
                                const algebra::Plan& plan, bool json) {
  TableRows tables(definitions, execution.engine(), execution.running().context());
  tables.add_all(plan);
  std::vector<Value> rows = std::move(tables).take();
  sql::BoundQuery bound;
  if (json) {
    bound.columns.push_back(explained("EXPLAIN", kDocumentWidth));
    rows = {Value::array({text_cell(explain_json(rows))})};
  } else {
    bound.columns = table_columns();
  }
  bound.plan = algebra::make_plan(algebra::Values{std::move(rows)});
  return bound;
}

Status drain(engine::Engine& engine, const algebra::PlanPtr& plan, exec::QueryContext& context) {
  TRY(const auto query, engine.query(plan, context));
  exec::Rows rows;
  do {
    rows.clear();
    TRY_STATUS(query->next(exec::kBatchRows, rows));
  } while (!rows.empty());
  return {};
}

// Runs the query, whose rows nobody sees, and shows what its operators did.
Answered analyze(Execution& execution, const sql::Statement& statement) {
  const auto* const query = std::get_if<sql::Ref<sql::Query>>(&statement.node);
  if (query == nullptr) co_return sql::not_supported("EXPLAIN ANALYZE of what is no query");
  std::vector<sql::ExplainLine> lines;
  const auto bind = [&](sql::BindContext& context) -> Result<algebra::PlanPtr> {
    TRY(auto bound, sql::bind_query(**query, context));
    lines = sql::explain_tree(*bound.plan, context);
    return std::move(bound.plan);
  };
  auto plan = co_await execution.bind(bind);
  if (!plan) co_return std::unexpected(std::move(plan).error());
  exec::QueryContext& context = execution.running().context();
  const auto definitions = execution.engine().catalog();
  CO_TRY_STATUS(may_read(execution.session(), context, *definitions, *plan));
  if (!may_read_alone(execution.session(), *definitions, *plan)) co_return sql::error<1345>();
  exec::Profile profile;
  auto run = [&]() -> Status {
    context.profile = &profile;
    const Status ran = drain(execution.engine(), *plan, context);
    context.profile = nullptr;
    return ran;
  };
  const Status ran = co_await execution.on_worker(std::move(run));
  if (!ran) co_return std::unexpected(ran.error());
  auto bound = as_tree(explain_text(lines, &profile));
  if (!bound) co_return std::unexpected(std::move(bound).error());
  auto answer = co_await answer_with(execution, *std::move(bound));
  co_return answer;
}

}  // namespace

Answered run_explain(Execution& execution, const sql::Explain& explain) {
  if (!explain.statement) co_return sql::not_supported("EXPLAIN FOR CONNECTION");
  const bool tree = sql::same_word(explain.format, "TREE");
  const bool json = sql::same_word(explain.format, "JSON");
  const bool rows = explain.format.empty() || sql::same_word(explain.format, "TRADITIONAL");
  if (!tree && !json && !rows) {
    co_return sql::not_supported("EXPLAIN FORMAT=" + std::string(explain.format));
  }
  if (explain.analyze) {
    if (!explain.format.empty() && !tree) {
      co_return sql::not_supported("EXPLAIN ANALYZE with a FORMAT other than TREE");
    }
    auto analyzed = co_await analyze(execution, *explain.statement);
    co_return analyzed;
  }
  execution.only_describe();
  std::string text;
  const auto bind = [&](sql::BindContext& context) -> Result<algebra::PlanPtr> {
    TRY(algebra::PlanPtr plan, plan_of(*explain.statement, context));
    if (tree) text = explain_text(sql::explain_tree(*plan, context), nullptr);
    return plan;
  };
  auto plan = co_await execution.bind(bind);
  if (!plan) co_return std::unexpected(std::move(plan).error());
  const auto definitions = execution.engine().catalog();
  CO_TRY_STATUS(may_read(execution.session(), execution.running().context(), *definitions, *plan));
  // How a view is read tells of what is behind it.
  if (!may_read_alone(execution.session(), *definitions, *plan)) co_return sql::error<1345>();
  const auto explain_it = [&] {
    return tree ? as_tree(text) : as_rows(execution, *definitions, **plan, json);
  };
  auto bound = execution.running().paid(explain_it);
  if (!bound) co_return std::unexpected(std::move(bound).error());
  auto answer = co_await answer_with(execution, *std::move(bound));
  co_return answer;
}

}  // namespace octavo::mysql
