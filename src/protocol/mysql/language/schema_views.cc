// Views, as information_schema has them.

#include "dialect/sql/bind/view.h"
#include "dialect/sql/bind/view_forms.h"
#include "dialect/sql/error/error.h"
#include "protocol/mysql/language/grants.h"
#include "protocol/mysql/language/schema_fill.h"
#include "protocol/mysql/language/sql_session.h"

namespace octavo::mysql::schema {
namespace {

using value::Value;

constexpr std::string_view kCatalog = "def";

// `user`@`host` without its quotes.
std::string plain_account(std::string_view quoted) {
  std::string text;
  for (const char c : quoted) {
    if (c != '`') text += c;
  }
  return text;
}

}  // namespace

std::vector<ShownView> shown_views(const SchemaContext& context) {
  std::vector<ShownView> out;
  for (const auto* database : shown_databases(context)) {
    for (const auto* view : context.definitions.views(database->id)) {
      if (context.scope.takes(database->name, view->name) &&
          sees(context.definitions, context.session.account(), *view)) {
        out.push_back({database, view});
      }
    }
  }
  return out;
}

Result<std::optional<std::vector<sql::OutputColumn>>> columns_of(const SchemaContext& context,
                                                                 const ShownView& shown) {
  if (context.binding == nullptr) return std::nullopt;
  auto columns = sql::columns_of_view(*shown.view, *context.binding);
  if (columns) return std::optional(*std::move(columns));
  Error& error = columns.error();
  if (error.number == 0) return std::unexpected(std::move(error));
  // Asked for by its name it is an error, in a list of all a warning.
  if (!context.scope.table.empty()) return std::unexpected(std::move(error));
  if (context.query.evaluation.notes != nullptr) {
    context.query.evaluation.notes->add(function::NoteLevel::warning, error.number, error.what);
  }
  return std::nullopt;
}

void add_view_tables(const SchemaContext& context, SchemaRows& rows) {
  for (const ShownView& shown : shown_views(context)) {
    std::vector<Value> row(21);
    row[0] = text_cell(kCatalog);
    row[1] = text_cell(shown.database->name);
    row[2] = text_cell(shown.view->name);
    row[3] = text_cell("VIEW");
    row[20] = text_cell("VIEW");
    rows.add(std::move(row));
  }
}

Status fill_views(const SchemaContext& context, SchemaRows& rows) {
  for (const ShownView& shown : shown_views(context)) {
    TRY(const sql::ViewForms forms, sql::forms_of(*shown.view, shown.database->name));
    const bool updatable =
        context.binding != nullptr && sql::is_updatable(*shown.view, *context.binding);
    rows.add({text_cell(kCatalog), text_cell(shown.database->name), text_cell(shown.view->name),
              text_cell(forms.query), text_cell("NONE"), yes_or_no(updatable),
              text_cell(plain_account(forms.definer)),
              text_cell(shown.view->as_invoker ? "INVOKER" : "DEFINER"), text_cell(forms.charset),
              text_cell(forms.collation)});
  }
  return {};
}

}  // namespace octavo::mysql::schema
