#include "dialect/sql/define/views.h"

#include <fmt/format.h>

#include <utility>

#include "dialect/sql/ast/quoted_name.h"
#include "dialect/sql/define/accounts.h"
#include "dialect/sql/define/statements.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/parser/parse.h"
#include "dialect/sql/print/print.h"

namespace octavo::sql {
namespace {

struct Definer {
  std::string user, shown;
};

// Who defines it, if nobody is said.
std::string_view current_host(const DefineContext& context) {
  const std::string_view user = context.session.current_user;
  const std::size_t at = user.rfind('@');
  return at == user.npos ? "%" : user.substr(at + 1);
}

Definer definer_of(const CreateView& create, const CatalogState& state,
                   const DefineContext& context) {
  const Account account = create.definer.value_or(Account{.current = true});
  const NamedAccount named = account_named(account, state, context);
  const std::string_view user = account.current ? std::string_view(named.name) : account.user;
  std::string_view host = account.current ? current_host(context) : account.host;
  if (host.empty()) host = "%";
  if (!exists(named, state)) note(context, error<1449>(user, host));
  return {named.name, quoted_name(user) + "@" + quoted_name(host)};
}

// As the quotes of the session are.
std::string requoted(std::string_view definer, char quote) {
  std::string text(definer);
  if (quote == '`') return text;
  for (char& c : text) {
    if (c == '`') c = quote;
  }
  return text;
}

}  // namespace

Result<Alteration> define(const CreateView& create, const CatalogState& state,
                          const DefineContext& context) {
  if (create.check != CreateView::CheckOption::none) return not_supported("WITH CHECK OPTION");
  if (context.view == nullptr) return not_supported("CREATE VIEW in this place");
  TRY(const NamedTable named, find_table(create.view, state, context));
  TRY_STATUS(may_change(*named.database, context));
  TRY_STATUS(check_new_name<1103>(named.name));
  const bool replaces = create.alter || create.or_replace;
  if (named.table != nullptr && replaces) {
    return error<1347>(named.database->name, named.name, "VIEW");
  }
  if (!replaces && (named.table != nullptr || named.view != nullptr)) {
    return error<1050>(named.name);
  }
  if (create.alter && named.view == nullptr) return error<1146>(named.database->name, named.name);
  const Definer definer = definer_of(create, state, context);
  ViewForms forms = *context.view;
  forms.definer = definer.shown;
  if (!create.algorithm.empty()) forms.algorithm = create.algorithm;
  catalog::ViewDefinition view;
  view.id = named.view == nullptr ? TableId{state.next_id()} : named.view->id;
  view.database = named.database->id;
  view.name = named.name;
  view.definer = definer.user;
  view.as_invoker = create.security == "INVOKER";
  view.forms.set(kFormsName, to_value(forms));
  Alteration out;
  out.changes.emplace_back(catalog::PutView{std::move(view)});
  return out;
}

Result<std::string> show_create_view(const catalog::ViewDefinition& view, const CatalogState& state,
                                     std::string_view used, const ShowOptions& options) {
  const auto* const home = state.find_database(view.database);
  const std::string database = home == nullptr ? std::string() : home->name;
  TRY(const ViewForms forms, forms_of(view, database));
  const auto tree = parse(forms.query, {});
  if (!tree) return error<1356>(database, view.name);
  const auto* const query = std::get_if<Ref<Query>>(&tree->statement().node);
  if (query == nullptr) return error<1356>(database, view.name);
  PrintOptions print_options{.name_quote = options.quote};
  const bool is_used = database == used;
  const std::set<std::string> databases = databases_of(**query);
  const bool of_others =
      databases.size() > 1 || (databases.size() == 1 && *databases.begin() != database);
  if (is_used && !of_others) print_options.left_out_database = database;
  std::string name = quoted_name(view.name, options.quote);
  if (!is_used) name = quoted_name(database, options.quote) + "." + name;
  std::string columns;
  for (const std::string& column : forms.columns) {
    columns += (columns.empty() ? "" : ",") + quoted_name(column, options.quote);
  }
  if (!columns.empty()) columns = " (" + columns + ")";
  return fmt::format("CREATE ALGORITHM={} DEFINER={} SQL SECURITY {} VIEW {}{} AS {}",
                     forms.algorithm, requoted(forms.definer, options.quote),
                     view.as_invoker ? "INVOKER" : "DEFINER", name, columns,
                     print(**query, print_options));
}

}  // namespace octavo::sql
