#include "protocol/mysql/language/sql_session.h"

#include <fmt/format.h>

#include <utility>

#include "dialect/sql/error/error.h"
#include "dialect/sql/state/words.h"
#include "protocol/mysql/language/client_text.h"
#include "protocol/mysql/language/execution.h"
#include "protocol/mysql/language/grants.h"
#include "protocol/mysql/language/kept_statement.h"
#include "protocol/mysql/language/schema_tables.h"
#include "protocol/mysql/language/statement_rows.h"

namespace octavo::mysql {
namespace {

using value::Value;

void put(sql::SessionState& state, std::string_view name, Value value) {
  state.put(*sql::find_variable(name), std::move(value));
}

Error error_of(const sql::SyntaxFault& fault, std::string_view text) {
  sql::Complaint complaint = sql::complaint_of(fault, text);
  return {.code = Code::invalid_argument,
          .what = std::move(complaint.message),
          .number = complaint.number};
}

// `SELECT @@warning_count`: about the statement before.
bool asks_for_counts(const sql::Statement& statement) {
  const auto* query = std::get_if<sql::Ref<sql::Query>>(&statement.node);
  if (query == nullptr) return false;
  const auto* select = std::get_if<sql::Ref<sql::Select>>(&(*query)->body);
  if (select == nullptr || !(*select)->from.empty()) return false;
  return std::ranges::any_of((*select)->items, [](const sql::SelectItem& item) {
    const auto* variable = std::get_if<sql::SystemVariable>(&item.expr.node);
    return variable != nullptr && (sql::same_word(variable->path.back(), "warning_count") ||
                                   sql::same_word(variable->path.back(), "error_count"));
  });
}

// Temporary tables are made and dropped within whatever transaction is open.
bool is_of_session(const sql::Statement& statement) {
  if (const auto* create = std::get_if<sql::Ref<sql::CreateTable>>(&statement.node)) {
    return (*create)->temporary;
  }
  const auto* drop = std::get_if<sql::Ref<sql::DropTables>>(&statement.node);
  return drop != nullptr && (*drop)->temporary;
}

// A statement meets tables that are gone by the time it runs when others alter them all the time.
constexpr int kMostBindings = 20;

bool may_write(std::uint8_t flags) {
  return (flags & (statement_flag::kReads | statement_flag::kWrites)) != 0;
}

// Nothing was written: what the statement was bound to is gone, and another table, which ALTER
// TABLE has made, may have its name. A name that nobody has is SQL's error, of another code.
bool is_bound_to_the_past(const Error& error) { return error.code == Code::not_found; }

// Nothing was written: another transaction came in between, or was waited for in a circle.
bool is_overtaken(const Error& error) { return error.number == 1213; }

}  // namespace

SqlSession::SqlSession(LanguageState& shared, protocol::Connection& connection,
                       const ClientResponse& client)
    : shared_(shared),
      connection_(connection),
      dispatch_(shared.service.workers, connection),
      running_(connection, shared.service.jobs, shared.service.workers),
      state_(shared.globals),
      temporary_(shared.service.engine, [&workers = shared.service.workers](
                                            auto job) { return workers.post(std::move(job)); }),
      transaction_(shared.service.engine, state_) {
  start(client);
}

void SqlSession::start(const ClientResponse& client) {
  transaction_.drop();
  temporary_.drop_all();
  client_ = client;
  account_ = connection_.info().attribute("user");
  several_ = (client.capabilities & capability::kMultiStatements) != 0;
  named.clear();
  commands.clear();
  state_.reset();
  state_.user = fmt::format("{}@{}", client.user, client_host());
  state_.current_user = account_ + "@%";
  state_.version = kServerVersion;
  state_.connection_id = static_cast<std::uint32_t>(std::to_underlying(connection_.info().id));
  state_.locks = locks_.emplace(shared_.locks, state_.connection_id).number();
  // A number that nobody knows means the server's default.
  if (const value::Collation* collation = value::find_collation(client.collation)) {
    const Value set = Value::string(value::charset_of(collation->charset).name);
    put(state_, "character_set_client", set);
    put(state_, "character_set_results", set);
    put(state_, "collation_connection", Value::string(collation->name));
  }
  if ((client.capabilities & capability::kInteractive) != 0) {
    put(state_, "wait_timeout", state_.get(*sql::find_variable("interactive_timeout")));
  }
  if ((client.capabilities & capability::kIgnoreSpace) != 0) {
    const sql::SqlMode mode = state_.settings().mode | sql::sql_mode::kIgnoreSpace;
    put(state_, "sql_mode", Value::string(sql::mode_text(mode)));
  }
}

// What a transaction wrote is undone where that holds nobody up.
io::Task<void> SqlSession::end_transaction() {
  Execution execution(*this, {}, {});
  // An error is that of no worker: the transaction is gone all the same.
  static_cast<void>(co_await transaction_.rollback(execution));
  execution.unlock_tables();
}

io::Task<void> SqlSession::reset() {
  co_await end_transaction();
  auto database = std::move(state_.database);
  const ClientResponse client = client_;
  start(client);
  state_.database = std::move(database);
  co_return;
}

io::Task<void> SqlSession::become(const ClientResponse& client) {
  co_await end_transaction();
  set_database({});
  start(client);
  co_return;
}

std::uint16_t SqlSession::status() const {
  std::uint16_t bits = 0;
  if (state_.settings().autocommit) bits |= status::kAutocommit;
  if (state_.transaction.open) bits |= status::kInTransaction;
  if (state_.transaction.open && state_.transaction.is.read_only) {
    bits |= status::kReadOnlyTransaction;
  }
  const bool plain = (state_.settings().mode & sql::sql_mode::kNoBackslashEscapes) != 0;
  if (plain) bits |= status::kNoBackslashEscapes;
  return bits;
}

void SqlSession::set_database(std::optional<std::string> name) {
  state_.database = std::move(name);
  connection_.info().set_attribute("db", state_.database.value_or(""));
  if (!state_.database || !state_.values().flag("session_track_schema")) return;
  tell({.kind = StateChange::Kind::database, .name = *state_.database, .value = {}});
}

std::vector<StateChange> SqlSession::take_changes() {
  auto news =
      state_.tracker.take(state_.settings().tracked, state_.transaction, state_.next_transaction);
  using Kind = StateChange::Kind;
  if (news.characteristics) {
    tell({.kind = Kind::transaction, .name = {}, .value = *std::move(news.characteristics)});
  }
  if (news.state) {
    tell({.kind = Kind::transaction_state, .name = {}, .value = *std::move(news.state)});
  }
  return std::exchange(changes_, {});
}

void SqlSession::meet_table(Execution& execution) {
  met_table_ = true;
  if (transaction_.begins_with_a_table()) transaction_.begin({});
  engine::Transaction* const open = transaction_.open();
  exec::QueryContext& context = execution.running().context();
  if (open == nullptr || context.transaction == open) return;
  open->begin_statement();
  context.transaction = open;
}

void SqlSession::read_for_edit() {
  const auto isolation = transaction_.characteristics().isolation;
  if (transaction_.is_open() || isolation < sql::IsolationLevel::repeatable_read) return;
  is_alone_ = is_for_reads_ = !transaction_.begins_with_a_table();
  transaction_.begin({});
}

void SqlSession::write_without_reads(Execution& execution) {
  if (!is_alone_ || !is_for_reads_) return;
  execution.leave_transaction();
  transaction_.drop();
  is_alone_ = is_for_reads_ = false;
}

void SqlSession::told(const Error& error) {
  state_.row_count = -1;
  state_.notes().add(function::NoteLevel::error, error.number, error.what);
}

io::Task<Result<KeptStatementPtr>> SqlSession::read(std::string text, ReadAs as) {
  auto kept = std::make_shared<KeptStatement>(protocol::query_account(shared_.service.engine),
                                              std::move(text));
  sql::ParseOptions options;
  options.modes = state_.settings().text_modes;
  options.several_statements = as == ReadAs::query && several_;
  if (as == ReadAs::query) options.modes |= sql::mode::kNoParameters;
  options.account = &kept->account;
  const auto parse = [&kept, &options]() -> Status {
    auto tree = sql::parse(kept->text, options);
    if (!tree) return std::unexpected(error_of(tree.error(), kept->text));
    kept->tree.emplace(*std::move(tree));
    return {};
  };
  Status parsed;
  if (kept->text.size() <= protocol::kMaxInlineRequestBytes) {
    parsed = parse();
  } else {
    parsed = co_await dispatch_.compute(parse);
  }
  if (!parsed) co_return std::unexpected(std::move(parsed).error());
  kept->command = command_number(kept->tree->statement());
  co_return KeptStatementPtr(std::move(kept));
}

io::Task<Result<Answer>> SqlSession::run(std::string_view text, std::vector<Parameter>) {
  const value::Charset& client = *state_.settings().client;
  auto kept = co_await read(to_utf8(client, text), ReadAs::query);
  if (!kept) {
    keeps_notes_ = false;
    state_.clear_notes();
    told(kept.error());
    co_return std::unexpected(std::move(kept).error());
  }
  const KeptStatement& statement = **kept;
  auto answer = co_await execute(statement, std::vector<sql::Constant>());
  if (answer) {
    const std::string_view taken =
        std::string_view(statement.text).substr(0, statement.tree->text_bytes());
    answer->taken = client_bytes(client, text, taken);
  }
  co_return answer;
}

io::Task<Result<Answer>> SqlSession::execute(const KeptStatement& statement,
                                             std::vector<sql::Constant> parameters) {
  const sql::Statement& tree = statement.tree->statement();
  count(statement.command);
  keeps_notes_ = statement_row(tree).has(statement_flag::kKeepsNotes) || asks_for_counts(tree);
  if (!keeps_notes_) state_.clear_notes();
  auto answer = co_await perform(statement, parameters);
  if (!answer) {
    told(answer.error());
  } else {
    state_.end_notes();
  }
  co_return answer;
}

io::Task<Result<Answer>> SqlSession::perform(const KeptStatement& statement,
                                             std::span<const sql::Constant> parameters) {
  using namespace statement_flag;
  const sql::Statement& tree = statement.tree->statement();
  const StatementRow& row = statement_row(tree);
  const bool read_only = row.has(kWrites) && transaction_.characteristics().read_only;
  if (read_only && row.has(kCommits)) co_return sql::error<1792>();
  if (row.has(kCommits) && !is_of_session(tree)) {
    Execution execution(*this, statement.text, parameters);
    const Status committed = co_await transaction_.commit(execution);
    if (!committed) co_return std::unexpected(committed.error());
  }
  if (!transaction_.is_open()) temporary_.drop_forgotten();
  met_table_ = false;
  for (int binding = 1;; ++binding) {
    Execution execution(*this, statement.text, parameters);
    // What may be written is asked when it is bound.
    if (!read_only) execution.keep_in(statement.plan);
    if (row.has(kWrites)) execution.set_writes();
    if (row.has(kEdits)) execution.set_edits();
    is_for_reads_ = false;
    is_alone_ = row.has(kIsAlone) && begin_alone();
    engine::Transaction* const before = begin_within(row.flags);
    auto answer = co_await row.run(execution, tree);
    end_within(execution, row.flags, before, answer);
    const bool is_alone = std::exchange(is_alone_, false);
    if (is_alone) answer = co_await end_alone(execution, std::move(answer));
    if (answer) co_return answer;
    const bool is_past = is_bound_to_the_past(answer.error());
    Error error = execution.told(std::move(answer).error());
    const bool again = is_past || (is_alone && is_overtaken(error));
    if (!again || binding == kMostBindings) co_return std::unexpected(std::move(error));
    if (!row.has(kKeepsNotes)) state_.clear_notes();
  }
}

// At SERIALIZABLE what a statement by itself reads must be so when it writes: it is a transaction.
bool SqlSession::begin_alone() {
  const bool is_open = transaction_.is_open() || transaction_.begins_with_a_table();
  const auto isolation = transaction_.characteristics().isolation;
  if (is_open || isolation != sql::IsolationLevel::serializable) return false;
  transaction_.begin({});
  return true;
}

io::Task<Result<Answer>> SqlSession::end_alone(Execution& execution, Result<Answer> answer) {
  if (!answer) {
    const Status undone = co_await transaction_.rollback(execution);
    if (!undone) co_return std::unexpected(undone.error());
    co_return answer;
  }
  const Status committed = co_await transaction_.commit(execution);
  if (!committed) co_return std::unexpected(committed.error());
  co_return answer;
}

engine::Transaction* SqlSession::begin_within(std::uint8_t flags) {
  engine::Transaction* const open = transaction_.open();
  if (open != nullptr && may_write(flags)) open->begin_statement();
  return open;
}

void SqlSession::end_within(Execution& execution, std::uint8_t flags,
                            const engine::Transaction* before, const Result<Answer>& answer) {
  using namespace statement_flag;
  engine::Transaction* const open = transaction_.open();
  if (open == nullptr) {
    if (met_table_ && before == nullptr) transaction_.end_single();
    return;
  }
  if (!answer) {
    // A statement of another kind is none for the transaction: what the last one wrote stays.
    if (may_write(flags) && !open->ended()) open->undo_statement();
    execution.leave_transaction();
    transaction_.look_at_end();
    return;
  }
  sql::Transaction& transaction = state_.transaction;
  if (met_table_ && (flags & kReads) != 0) transaction.has_read = true;
  if (met_table_ && (flags & kWrites) != 0) transaction.has_written = true;
  if (std::holds_alternative<std::unique_ptr<Rows>>(answer->what)) transaction.has_answered = true;
}

io::Task<Result<std::vector<Column>>> SqlSession::columns_of(const KeptStatement& statement,
                                                             std::vector<sql::Type>& parameters) {
  const sql::Statement& tree = statement.tree->statement();
  const StatementRow& row = statement_row(tree);
  if (row.columns == nullptr) co_return std::vector<Column>();
  Execution execution(*this, statement.text, {});
  execution.only_describe();
  execution.describe_parameters(parameters);
  auto columns = co_await row.columns(execution, tree);
  if (!columns) co_return std::unexpected(execution.told(std::move(columns).error()));
  co_return columns;
}

void SqlSession::count(std::size_t command) {
  commands.add(command);
  shared_.commands.add(command);
}

io::Task<Result<PreparedAnswer>> SqlSession::prepare(std::string_view text) {
  count(command_number("stmt_prepare"));
  keeps_notes_ = false;
  state_.clear_notes();
  auto kept = co_await read(to_utf8(*state_.settings().client, text), ReadAs::prepared);
  if (!kept) {
    told(kept.error());
    co_return std::unexpected(std::move(kept).error());
  }
  auto prepared = co_await PreparedText::make(*this, *std::move(kept));
  if (!prepared) {
    told(prepared.error());
    co_return std::unexpected(std::move(prepared).error());
  }
  PreparedAnswer answer;
  answer.statement = *std::move(prepared);
  co_return answer;
}

io::Task<Status> SqlSession::use(std::string database) {
  const auto found = usable_database(*this, database);
  if (!found) {
    told(found.error());
    co_return std::unexpected(found.error());
  }
  set_database(*found);
  co_return Status();
}

}  // namespace octavo::mysql
