#pragma once

// What deciding a definition asks for.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/model.h"
#include "dialect/sql/ast/node.h"
#include "dialect/sql/bind/view_forms.h"
#include "dialect/sql/function/session_facts.h"
#include "function/notes.h"

namespace octavo::sql {

struct DefineContext {
  const SessionFacts& session;  // `database` is the default one
  function::EvalContext& constants;
  // Of a database that says neither CHARACTER SET nor COLLATE.
  const value::Collation& server_collation;
  // What is told beside the result; forgotten when the statement is decided again.
  function::Notes& notes;
  // Whom the store has under a name that a statement says (`root`); null: just him.
  std::string (*account_of)(const catalog::CatalogState& state, const std::string& user) = nullptr;

  // Of CREATE VIEW: its query, which was bound, and what goes with it; null: of other statements.
  const ViewForms* view = nullptr;
  // Of CREATE TABLE … SELECT: the columns of its query (selected_columns.h). The table is hidden,
  // as a temporary one, until it has its rows.
  const std::vector<catalog::ColumnDefinition>* selected = nullptr;

  CallContext calls() const { return {session, constants}; }
};

constexpr std::size_t kMaxNameCharacters = 64;
constexpr std::size_t kMaxColumns = 1017;
constexpr std::size_t kMaxKeys = 64;
constexpr std::size_t kMaxKeyParts = 16;
constexpr std::size_t kMaxKeyBytes = 3072;

// What IF EXISTS and IF NOT EXISTS make of an error.
void note(const DefineContext& context, const std::unexpected<Error>& error);

// A name that is to be given: 1059, or `Number` (1102, 1103, 1166, 1280) for one that no such thing
// may have.
template <std::uint16_t Number>
Status check_new_name(std::string_view name);
extern template Status check_new_name<1102>(std::string_view name);
extern template Status check_new_name<1103>(std::string_view name);
extern template Status check_new_name<1166>(std::string_view name);
extern template Status check_new_name<1280>(std::string_view name);

// What a path means: 1046, 1049, 1146.
struct NamedTable {
  const catalog::DatabaseDefinition* database = nullptr;
  std::string_view name;
  const catalog::TableDefinition* table = nullptr;  // null: there is none
  const catalog::ViewDefinition* view = nullptr;    // likewise

  bool is_taken() const { return table != nullptr || view != nullptr; }
};
Result<NamedTable> find_table(const Path& path, const catalog::CatalogState& state,
                              const DefineContext& context);
// One that is to be changed: 1146, 1347 for a view, and 1044 for those of the server.
Result<NamedTable> existing_table(const Path& path, const catalog::CatalogState& state,
                                  const DefineContext& context);
// Where something is to be made. 1044 for databases of the server.
Status may_change(const catalog::DatabaseDefinition& database, const DefineContext& context);

}  // namespace octavo::sql
