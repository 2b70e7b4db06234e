// CREATE and ALTER VIEW: the query is bound, and kept as a text that says what each of its names
// means.

#include <utility>

#include "dialect/sql/bind/bound.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/print/print.h"
#include "engine/plan_tables.h"
#include "protocol/mysql/language/definer.h"
#include "protocol/mysql/language/run_statements.h"

namespace octavo::mysql {
namespace {

// A view means the same in every session.
class NoVariables final : public sql::Variables {
 public:
  Result<sql::Constant> user(std::string_view /*name*/) override { return sql::error<1351>(); }
  Result<sql::Constant> system(const sql::SystemVariable& /*variable*/) override {
    return sql::error<1351>();
  }
};

Status check_columns(const sql::CreateView& create, const std::vector<sql::OutputColumn>& columns) {
  std::vector<std::string> names;
  for (const sql::OutputColumn& column : columns) names.push_back(column.name);
  if (!create.columns.empty()) {
    if (create.columns.size() != names.size()) return sql::error<1353>();
    names.assign(create.columns.begin(), create.columns.end());
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (sql::same_name(names[i], names[k])) return sql::error<1060>(names[i]);
    }
  }
  return {};
}

Result<std::string> text_of(const sql::CreateView& create, const sql::BindContext& context) {
  NoVariables variables;
  sql::ResolvedNames names;
  const std::string used = context.session.database.value_or("");
  const std::string_view home =
      create.view.size() > 1 ? create.view.front() : std::string_view(used);
  const auto* const database = context.definitions.find_database(home);
  const auto* const before = database == nullptr
                                 ? nullptr
                                 : context.definitions.find_view(database->id, create.view.back());
  sql::BindContext asked{.definitions = context.definitions,
                         .shared_definitions = context.shared_definitions,
                         .session = context.session,
                         .tables = context.tables,
                         .variables = variables,
                         .constants = context.constants,
                         .defined_view = before == nullptr ? TableId{} : before->id,
                         .resolved = &names};
  TRY(const sql::BoundQuery bound, sql::bind_query(*create.query, asked));
  for (const TableId id : engine::tables_of(bound.plan)) {
    const auto* const table = context.definitions.find_table(id);
    if (table != nullptr && table->temporary) return sql::error<1352>(table->name);
  }
  TRY_STATUS(check_columns(create, bound.columns));
  return sql::print(*create.query, {.names = &names});
}

}  // namespace

Answered run_create_view(Execution& execution, const sql::Statement& statement) {
  const auto& create = *std::get<sql::Ref<sql::CreateView>>(statement.node);
  if (create.query->into) co_return sql::error<1350>("INTO");
  if (!execution.parameters().empty()) co_return sql::error<1351>();
  execution.only_committed();
  const auto bind = [&create](sql::BindContext& context) { return text_of(create, context); };
  auto text = co_await execution.bind(bind);
  if (!text) co_return std::unexpected(std::move(text).error());
  const sql::Settings& settings = execution.state().settings();
  sql::ViewForms forms;
  forms.query = *std::move(text);
  forms.columns.assign(create.columns.begin(), create.columns.end());
  forms.charset = settings.client->name;
  forms.collation = settings.connection->name;
  BoundDefinition with_forms;
  with_forms.view = &forms;
  auto answer = co_await run_definition_of(execution, statement, with_forms);
  co_return answer;
}

}  // namespace octavo::mysql
