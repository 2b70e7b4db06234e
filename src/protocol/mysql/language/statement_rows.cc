#include "protocol/mysql/language/statement_rows.h"

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>
#include <variant>

#include "dialect/sql/error/error.h"
#include "protocol/mysql/language/run_statements.h"

namespace octavo::mysql {
namespace {

using namespace statement_flag;
using Nodes = decltype(sql::Statement::node);

template <class Node, std::size_t kAt = 0>
consteval std::size_t number_of() {
  if constexpr (std::is_same_v<std::variant_alternative_t<kAt, Nodes>, Node>) {
    return kAt;
  } else {
    return number_of<Node, kAt + 1>();
  }
}

template <auto kRun>
struct Runner;
template <class Node, Answered (*kRun)(Execution&, const Node&)>
struct Runner<kRun> {
  static Answered run(Execution& execution, const sql::Statement& statement) {
    if constexpr (std::is_same_v<Node, sql::Statement>) {
      return kRun(execution, statement);
    } else {
      return kRun(execution, *std::get<sql::Ref<Node>>(statement.node));
    }
  }
};
template <auto kColumns>
struct Describer;
template <class Node, Described (*kColumns)(Execution&, const Node&)>
struct Describer<kColumns> {
  static Described run(Execution& execution, const sql::Statement& statement) {
    return kColumns(execution, *std::get<sql::Ref<Node>>(statement.node));
  }
};

template <class Node, auto kRun>
constexpr StatementRow row(std::uint8_t flags = 0) {
  return {.node = number_of<Node>(), .run = Runner<kRun>::run, .flags = flags};
}
template <class Node, auto kRun, auto kColumns>
constexpr StatementRow row_with_columns(std::uint8_t flags = 0) {
  return {.node = number_of<Node>(),
          .run = Runner<kRun>::run,
          .flags = flags,
          .columns = Describer<kColumns>::run};
}

Answered nothing(Execution&, const sql::Statement&) {
  Answer answer;
  answer.what = Done();
  co_return answer;
}

Answered refuse_unsupported(Execution&, const sql::Unsupported& statement) {
  co_return sql::not_supported(statement.feature);
}

// What there is not, by MySQL's words for it.
template <std::size_t kSize>
struct Words {
  char text[kSize];
  consteval Words(const char (&words)[kSize]) { std::copy_n(words, kSize, text); }
};
template <class Node, Words kWords>
constexpr StatementRow refused() {
  return {.node = number_of<Node>(), .run = [](Execution&, const sql::Statement&) -> Answered {
            co_return sql::not_supported(kWords.text);
          }};
}

using sql::Ref;
constexpr std::array kRows = std::to_array<StatementRow>({
    row<sql::Nothing, nothing>(),
    row_with_columns<Ref<sql::Query>, run_query, columns_of_query>(kReads),
    row<Ref<sql::Insert>, run_insert>(kWrites | kIsAlone),
    row<Ref<sql::Update>, run_update>(kWrites | kIsAlone | kEdits),
    row<Ref<sql::Delete>, run_delete>(kWrites | kIsAlone | kEdits),
    row<Ref<sql::LoadData>, run_load>(kWrites),
    row<Ref<sql::CreateTable>, run_create_table>(kWrites | kCommits),
    row<Ref<sql::AlterTable>, run_definition>(kWrites | kCommits),
    row<Ref<sql::CreateIndex>, run_definition>(kWrites | kCommits),
    row<Ref<sql::DropIndex>, run_definition>(kWrites | kCommits),
    row<Ref<sql::CreateView>, run_create_view>(kWrites | kCommits),
    row<Ref<sql::CreateDatabase>, run_definition>(kWrites | kCommits),
    row<Ref<sql::DropDatabase>, run_definition>(kWrites | kCommits),
    row<Ref<sql::DropTables>, run_definition>(kWrites | kCommits),
    row<Ref<sql::TruncateTable>, run_definition>(kWrites | kCommits),
    row<Ref<sql::RenameTables>, run_definition>(kWrites | kCommits),
    row<Ref<sql::DropProgram>, run_definition>(kWrites | kCommits),
    row<Ref<sql::Set>, run_set>(kReads),
    row<Ref<sql::StartTransaction>, run_begin>(),
    row<Ref<sql::EndTransaction>, run_end>(),
    row<Ref<sql::Savepoint>, run_savepoint>(),
    row<Ref<sql::Prepare>, run_prepare>(kUnprepared),
    row<Ref<sql::Execute>, run_execute>(kUnprepared),
    row<Ref<sql::Deallocate>, run_deallocate>(kUnprepared),
    row<Ref<sql::LockTables>, run_lock_tables>(kCommits),
    row<sql::UnlockTables, run_unlock_tables>(),
    row<Ref<sql::Use>, run_use>(kUnprepared),
    row<Ref<sql::Do>, run_do>(kReads),
    row_with_columns<Ref<sql::Show>, run_show, columns_of_show>(kKeepsNotes),
    row_with_columns<Ref<sql::Describe>, run_describe, columns_of_describe>(),
    row<Ref<sql::Explain>, run_explain>(),
    row<Ref<sql::CreateUser>, run_definition>(kWrites | kCommits),
    row<Ref<sql::DropUser>, run_definition>(kWrites | kCommits),
    row<Ref<sql::CreateRole>, run_definition>(kWrites | kCommits),
    row<Ref<sql::RenameUser>, run_definition>(kWrites | kCommits),
    row<Ref<sql::Grant>, run_definition>(kWrites | kCommits),
    refused<Ref<sql::SetDefaultRole>, "SET DEFAULT ROLE">(),
    row<Ref<sql::CareForTables>, run_care>(kCommits),
    row<Ref<sql::Flush>, run_flush>(kCommits),
    row<Ref<sql::Kill>, run_kill>(),
    row_with_columns<Ref<sql::Subscribe>, run_subscribe, columns_of_subscribe>(kCommits),
    row<Ref<sql::Unsupported>, refuse_unsupported>(kUnprepared),
});

consteval bool in_place() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].node != i) return false;
  }
  return kRows.size() == std::variant_size_v<Nodes>;
}
static_assert(in_place());

}  // namespace

const StatementRow& statement_row(const sql::Statement& statement) {
  return kRows[statement.node.index()];
}

}  // namespace octavo::mysql
