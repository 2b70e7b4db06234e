// SHOW and DESCRIBE: queries of information_schema, and texts of definitions.

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "dialect/sql/ast/query.h"
#include "dialect/sql/bind/bound.h"
#include "dialect/sql/bind/view.h"
#include "dialect/sql/define/privileges.h"
#include "dialect/sql/define/show_create.h"
#include "dialect/sql/define/views.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/parser/parse.h"
#include "protocol/mysql/language/grants.h"
#include "protocol/mysql/language/made_result.h"
#include "protocol/mysql/language/query_rows.h"
#include "protocol/mysql/language/run_statements.h"
#include "protocol/mysql/language/schema_tables.h"
#include "protocol/mysql/language/show_create_open.h"
#include "protocol/mysql/language/show_forms.h"
#include "protocol/mysql/language/shown_table.h"
#include "protocol/mysql/language/wire_column.h"
#include "protocol/mysql/service_state.h"

namespace octavo::mysql {
namespace {

using sql::ShowKind;
using value::Value;

// --- Forms that are queries ---

// The database that is asked about: that of the statement, or the one in use.
Result<std::string> database_of(SqlSession& session, std::string_view said) {
  const std::string used = session.state().database.value_or("");
  return usable_database(session, said.empty() ? std::string_view(used) : said);
}

bool is_about_database(const ShowForm& form) {
  return form.condition.find("{database}") != form.condition.npos;
}
bool is_about_table(const ShowForm& form) {
  return form.condition.find("{table}") != form.condition.npos;
}

Result<ShowNames> names_of(Execution& execution, const ShowForm& form, const sql::Show& show) {
  SqlSession& session = execution.session();
  ShowNames names;
  if (show.like && form.list.find("{suffix}") != form.list.npos) {
    names.suffix = fmt::format(" ({})", *show.like);
  }
  if (is_about_table(form)) {
    const std::string_view home =
        show.name.size() > 1 ? show.name.front() : std::string_view(show.database);
    TRY(const ShownName name, shown_table(session, home, show.name.back()));
    names.database = name.database;
    names.table = name.table;
  } else if (is_about_database(form)) {
    TRY(names.database, database_of(session, show.database));
  }
  return names;
}

struct ShowQuery {
  KeptStatementPtr kept;
  const sql::Query* query = nullptr;
};

// Read in no mode, as the text was made.
Result<ShowQuery> read_query(Execution& execution, std::string text) {
  auto kept =
      std::make_shared<KeptStatement>(protocol::query_account(execution.engine()), std::move(text));
  auto tree = sql::parse(kept->text, {.account = &kept->account});
  if (!tree) {
    const sql::Complaint complaint = sql::complaint_of(tree.error(), kept->text);
    return fail(Code::internal, complaint.message);
  }
  kept->tree.emplace(*std::move(tree));
  const auto& node = std::get<sql::Ref<sql::Query>>(kept->tree->statement().node);
  return ShowQuery{kept, &*node};
}

Result<ShowQuery> query_of(Execution& execution, const ShowForm& form, const sql::Show& show) {
  TRY(ShowNames names, names_of(execution, form, show));
  std::string text = show_text(form, show, names);
  execution.narrow({.database = std::move(names.database), .table = std::move(names.table)});
  return read_query(execution, std::move(text));
}

// --- Forms that are made here ---

constexpr std::uint32_t kNameWidth = 64;
constexpr std::uint32_t kTextWidth = 1'024;

std::optional<std::uint64_t> literal_number(const sql::Expr& expression) {
  const auto* literal = std::get_if<sql::Literal>(&expression.node);
  if (literal == nullptr || literal->kind != sql::LiteralKind::integer) return std::nullopt;
  return parse_number<std::uint64_t>(literal->text);
}

Result<sql::BoundQuery> notes_of(const sql::SessionState& state, const sql::Show& show) {
  constexpr std::array kLevels = std::to_array<std::string_view>({"Note", "Warning", "Error"});
  std::vector<Value> rows;
  for (const function::Note& note : state.notes().kept()) {
    const bool error = note.level == function::NoteLevel::error;
    if (show.kind == ShowKind::errors && !error) continue;
    rows.push_back(Value::array({text_cell(kLevels[static_cast<std::size_t>(note.level)]),
                                 number_cell(note.number), text_cell(note.text)}));
  }
  sql::BoundQuery bound = result_of(
      {text_column("Level", 7), number_column("Code"), text_column("Message", kTextWidth)},
      std::move(rows));
  if (!show.limit) return bound;
  algebra::Limit limit{.input = std::move(bound.plan)};
  limit.count = literal_number(show.limit->count);
  if (show.limit->offset) limit.skip = literal_number(*show.limit->offset).value_or(0);
  bound.plan = algebra::make_plan(std::move(limit));
  return bound;
}

Result<sql::BoundQuery> count_of(const sql::SessionState& state, const sql::Show& show) {
  const bool errors = show.kind == ShowKind::count_errors;
  const std::uint64_t count = errors ? state.error_count() : state.notes().count();
  return result_of({number_column(errors ? "@@session.error_count" : "@@session.warning_count")},
                   {Value::array({number_cell(count)})});
}

Result<sql::BoundQuery> create_view_of(Execution& execution, const ShownName& name) {
  sql::ShowOptions options;
  const auto& settings = execution.state().settings();
  if ((settings.mode & sql::sql_mode::kAnsiQuotes) != 0) options.quote = '"';
  const std::string used = execution.state().database.value_or("");
  TRY(const sql::ViewForms forms, sql::forms_of(*name.view, name.database));
  TRY(const std::string text,
      sql::show_create_view(*name.view, *execution.engine().catalog(), used, options));
  return result_of({text_column("View", kNameWidth), text_column("Create View", kTextWidth),
                    text_column("character_set_client", kNameWidth),
                    text_column("collation_connection", kNameWidth)},
                   {Value::array({text_cell(name.table), text_cell(text), text_cell(forms.charset),
                                  text_cell(forms.collation)})});
}

Result<sql::BoundQuery> create_table_of(Execution& execution, const sql::Show& show) {
  SqlSession& session = execution.session();
  const std::string_view home = show.name.size() > 1 ? show.name.front() : std::string_view();
  TRY(const ShownName name, shown_table(session, home, show.name.back()));
  if (name.view) return create_view_of(execution, name);
  if (show.kind == ShowKind::create_view) {
    return sql::error<1347>(name.database, name.table, "VIEW");
  }
  if (name.definition == nullptr)
    return sql::not_supported("SHOW CREATE TABLE of a computed table");
  sql::ShowOptions options;
  const bool ansi = (session.state().settings().mode & sql::sql_mode::kAnsiQuotes) != 0;
  if (ansi) options.quote = '"';
  std::string text;
  if (name.definition->declared()) {
    if (name.definition->auto_increment() != nullptr) {
      options.next_number = execution.engine().next_number(name.definition->id);
    }
    text = sql::show_create_table(*name.definition, *execution.engine().catalog(), options);
  } else {
    // What is in its rows, and not what was declared of it.
    TRY_STATUS(may_use(session, sql::TableUse::read, *name.definition));
    TRY(const auto columns,
        session.shared().inferences.columns(execution.engine(), *name.definition,
                                            execution.running().context()));
    text = sql::show_create_table(as_declared(*name.definition, columns),
                                  *execution.engine().catalog(), options);
  }
  return result_of({text_column("Table", kNameWidth), text_column("Create Table", kTextWidth)},
                   {Value::array({text_cell(name.table), text_cell(text)})});
}

Result<sql::BoundQuery> create_database_of(Execution& execution, const sql::Show& show) {
  const auto definitions = execution.engine().catalog();
  TRY(const auto* database, find_database(execution.session(), *definitions, show.name.back()));
  sql::ShowOptions options;
  const auto& settings = execution.state().settings();
  if ((settings.mode & sql::sql_mode::kAnsiQuotes) != 0) options.quote = '"';
  return result_of(
      {text_column("Database", kNameWidth), text_column("Create Database", kTextWidth)},
      {Value::array({text_cell(database->name), text_cell(sql::show_create_database(
                                                    *database, options, show.if_not_exists))})});
}

Result<sql::BoundQuery> grants_of(Execution& execution, const sql::Show& show) {
  SqlSession& session = execution.session();
  const auto definitions = execution.engine().catalog();
  std::string account = session.account();
  if (show.user && !show.user->current) {
    account = account_of(*definitions, std::string(show.user->user));
  }
  if (account != session.account() && !sees_users(session)) {
    return sql::error<1044>(session.client_user(), session.client_host(), "mysql");
  }
  if (account != catalog::kAdminName && definitions->find_user(account) == nullptr) {
    return sql::error<1141>(account, "%");
  }
  std::vector<Value> rows;
  for (const std::string& text : sql::grant_statements(*definitions, account)) {
    rows.push_back(Value::array({text_cell(text)}));
  }
  return result_of({text_column(fmt::format("Grants for {}@%", account), kTextWidth)},
                   std::move(rows));
}

Result<sql::BoundQuery> made_here(Execution& execution, const sql::Show& show) {
  switch (show.kind) {
    case ShowKind::warnings:
    case ShowKind::errors: return notes_of(execution.state(), show);
    case ShowKind::count_warnings:
    case ShowKind::count_errors: return count_of(execution.state(), show);
    case ShowKind::create_table:
    case ShowKind::create_view: return create_table_of(execution, show);
    case ShowKind::create_database: return create_database_of(execution, show);
    case ShowKind::grants: return grants_of(execution, show);
    case ShowKind::create_function: return sql::error<1305>("FUNCTION", show.name.back());
    case ShowKind::create_procedure: return sql::error<1305>("PROCEDURE", show.name.back());
    case ShowKind::create_trigger: return sql::error<1360>();
    default: break;
  }
  return sql::not_supported(fmt::format("SHOW {}", row_of(sql::kShowForms, show.kind).words));
}

// 1142: what a view is made of is shown to who may define it, or read all that it reads.
Result<bool> may_show_view(SqlSession& session, const sql::Show& show,
                           const sql::BindContext& context) {
  const std::string_view home = show.name.size() > 1 ? show.name.front() : std::string_view();
  TRY(const ShownName name, shown_table(session, home, show.name.back()));
  if (!name.view || may_define(session, "SHOW VIEW", *name.view)) return true;
  const auto plan = sql::plan_of_view(*name.view, context);
  if (plan && may_read_alone(session, context.definitions, *plan)) return true;
  return sql::error<1142>("SHOW VIEW", session.client_user(), session.client_host(), name.table);
}

// What reads rows to find out about them goes to a worker.
io::Task<Result<sql::BoundQuery>> bound_here(Execution& execution, const sql::Show& show) {
  if (show.kind == ShowKind::create_table || show.kind == ShowKind::create_view) {
    const auto may_show = [&](const sql::BindContext& context) {
      return may_show_view(execution.session(), show, context);
    };
    const auto shown = co_await execution.bind(may_show);
    if (!shown) co_return std::unexpected(shown.error());
  }
  auto work = [&execution, &show] { return made_here(execution, show); };
  if (show.kind != ShowKind::create_table) co_return execution.running().paid(work);
  auto bound = co_await execution.on_worker(std::move(work));
  co_return bound;
}

io::Task<Result<sql::BoundQuery>> bound_show(Execution& execution, const sql::Show& show) {
  const ShowForm* form = find_show_form(show.kind);
  if (form == nullptr) {
    auto bound = co_await bound_here(execution, show);
    co_return bound;
  }
  CO_TRY(const ShowQuery query, query_of(execution, *form, show));
  const auto bind = [&query](sql::BindContext& context) {
    return sql::bind_query(*query.query, context);
  };
  auto bound = co_await execution.bind(bind);
  co_return bound;
}

// DESCRIBE is SHOW COLUMNS: of one, or of those that are like a pattern.
class DescribedAsShow {
 public:
  explicit DescribedAsShow(const sql::Describe& statement) {
    show_.kind = ShowKind::columns;
    show_.name = statement.table;
    show_.like = statement.like;
    if (statement.column.empty()) return;
    names_[0] = "Field";
    name_.node = sql::ColumnName{sql::List<sql::Name>(names_, 1)};
    text_.node = sql::Literal{.kind = sql::LiteralKind::string, .text = statement.column};
    equal_.node = sql::Binary{.op = sql::BinaryOperator::equal, .left = &name_, .right = &text_};
    show_.where = &equal_;
  }
  DescribedAsShow(const DescribedAsShow&) = delete;
  DescribedAsShow& operator=(const DescribedAsShow&) = delete;

  const sql::Show& show() const { return show_; }

 private:
  sql::Name names_[1];
  sql::Expr name_, text_, equal_;
  sql::Show show_;
};

Described wire_columns(Execution& execution, io::Task<Result<sql::BoundQuery>> binding) {
  const auto bound = co_await std::move(binding);
  if (!bound) co_return std::unexpected(bound.error());
  std::vector<Column> columns;
  for (const sql::OutputColumn& column : bound->columns) {
    columns.push_back(wire_column(column, execution.state().settings()));
  }
  co_return columns;
}

}  // namespace

Answered run_show(Execution& execution, const sql::Show& show) {
  auto bound = co_await bound_show(execution, show);
  if (!bound) co_return std::unexpected(std::move(bound).error());
  auto answer = co_await answer_with(execution, *std::move(bound));
  co_return answer;
}

Described columns_of_show(Execution& execution, const sql::Show& show) {
  return wire_columns(execution, bound_show(execution, show));
}

Answered run_describe(Execution& execution, const sql::Describe& statement) {
  const DescribedAsShow described(statement);
  auto answer = co_await run_show(execution, described.show());
  co_return answer;
}

Described columns_of_describe(Execution& execution, const sql::Describe& statement) {
  const DescribedAsShow described(statement);
  auto columns = co_await columns_of_show(execution, described.show());
  co_return columns;
}

}  // namespace octavo::mysql
