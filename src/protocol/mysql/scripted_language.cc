#include "protocol/mysql/scripted_language.h"

#include <algorithm>

#include "base/text.h"
#include "io/sleep.h"
#include "protocol/common/connection.h"
#include "protocol/mysql/processes.h"

namespace octavo::mysql {
namespace {

using value::Value;

value::SchemaPtr schema_of(std::span<const Column> columns) {
  std::vector<value::ColumnInfo> infos;
  for (const Column& column : columns) {
    infos.push_back({column.name, value::ColumnType::dynamic(value::Physical::boxed)});
  }
  return std::make_shared<const value::Schema>(std::move(infos));
}

class ScriptedPrepared final : public PreparedStatement {
 public:
  explicit ScriptedPrepared(const ScriptedLanguage::Taught& taught) : taught_(taught) {}
  std::span<const Column> parameters() const override { return taught_.parameters; }
  std::span<const Column> columns() const override { return taught_.columns; }
  io::Task<Result<Answer>> execute(std::vector<Parameter> parameters) override {
    co_return taught_.reply(std::move(parameters));
  }

 private:
  const ScriptedLanguage::Taught& taught_;
};

class ScriptedStatements final : public Statements {
 public:
  ScriptedStatements(const ScriptedLanguage& language, protocol::Connection& connection,
                     const ClientResponse& client)
      : language_(language), connection_(connection) {
    begin(client);
  }

  io::Task<Result<Answer>> run(std::string_view text, std::vector<Parameter> attributes) override {
    const std::size_t end = text.find(';');
    if (end != text.npos && end + 1 < text.size() && !multi_) {
      co_return sql::error<1064>(text.substr(end + 1), "1");
    }
    auto answer = co_await run_one(text.substr(0, end), std::move(attributes));
    if (answer) answer->taken = end == text.npos ? text.size() : end + 1;
    co_return answer;
  }
  io::Task<Result<PreparedAnswer>> prepare(std::string_view text) override {
    const ScriptedLanguage::Taught* taught = language_.find(text);
    if (taught == nullptr) co_return unknown(text);
    co_return PreparedAnswer{std::make_unique<ScriptedPrepared>(*taught)};
  }
  io::Task<Status> use(std::string database) override {
    if (database == "nowhere") co_return sql::error<1049>(database);
    connection_.info().set_attribute("db", database);
    changes_.push_back(
        {.kind = StateChange::Kind::database, .name = std::move(database), .value = {}});
    co_return Status();
  }
  io::Task<Result<std::vector<Field>>> fields(std::string table, std::string) override {
    if (table != "t") co_return sql::error<1146>("test", table);
    co_return std::vector<Field>{{integer_column("id"), std::nullopt}, {text_column("s"), "x"}};
  }
  io::Task<void> reset() override {
    autocommit_ = true;
    co_return;
  }
  io::Task<void> become(const ClientResponse& client) override {
    connection_.info().set_attribute("db", {});
    begin(client);
    co_return;
  }
  void allow_multi_statements(bool allow) override { multi_ = allow; }
  void kill() override {
    if (waiting_ != nullptr) waiting_->cancel();
  }
  std::uint16_t status() const override { return autocommit_ ? status::kAutocommit : 0; }
  std::size_t warnings() const override { return 0; }
  std::vector<StateChange> take_changes() override { return std::exchange(changes_, {}); }
  Nanoseconds wait_timeout() const override { return silence_; }

 private:
  static std::unexpected<Error> unknown(std::string_view text) {
    constexpr std::size_t kShownBytes = 80;
    return sql::error<1064>(text.substr(0, kShownBytes), "1");
  }
  void begin(const ClientResponse& client) {
    multi_ = (client.capabilities & capability::kMultiStatements) != 0;
    autocommit_ = true;
    changes_.clear();
  }

  io::Task<Result<Answer>> run_one(std::string_view text, std::vector<Parameter> attributes) {
    constexpr std::string_view kAutocommit = "SET AUTOCOMMIT = ";
    constexpr std::string_view kSilence = "SET SILENCE = ";
    constexpr std::string_view kKillQuery = "KILL QUERY ";
    constexpr std::string_view kKill = "KILL ";
    if (text == "WAIT") co_return co_await wait();
    if (text == "SHOW PROCESSLIST") co_return processes();
    if (text.starts_with(kAutocommit)) {
      autocommit_ = text.back() == '1';
      changes_.push_back({.kind = StateChange::Kind::variable,
                          .name = "autocommit",
                          .value = autocommit_ ? "ON" : "OFF"});
      co_return Answer{.what = Done()};
    }
    if (text.starts_with(kSilence)) {
      silence_ = std::chrono::milliseconds(number(text.substr(kSilence.size())));
      co_return Answer{.what = Done()};
    }
    if (text.starts_with(kKillQuery)) {
      co_return kill_other(text.substr(kKillQuery.size()), Kill::query);
    }
    if (text.starts_with(kKill)) {
      co_return kill_other(text.substr(kKill.size()), Kill::connection);
    }
    const ScriptedLanguage::Taught* taught = language_.find(text);
    if (taught == nullptr) co_return unknown(text);
    co_return taught->reply(std::move(attributes));
  }

  static std::uint64_t number(std::string_view text) {
    return parse_number<std::uint64_t>(text).value_or(0);
  }
  // Until somebody ends it.
  io::Task<Result<Answer>> wait() {
    CancelSource stop(connection_.token());
    waiting_ = &stop;
    [[maybe_unused]] const bool slept = co_await io::sleep_for(std::chrono::hours(1), stop.token());
    waiting_ = nullptr;
    co_return sql::error<1317>();
  }
  Result<Answer> kill_other(std::string_view id, Kill what) {
    TRY_STATUS(language_.context().processes.kill(connection_.info(), number(id), what));
    return Answer{.what = Done()};
  }
  Answer processes() {
    std::vector<std::vector<Value>> rows;
    for (const Process& one :
         language_.context().processes.list(connection_.info().attribute("user"))) {
      rows.push_back({Value::int64(one.id), Value::string(one.user), Value::string(one.command),
                      Value::string(one.text)});
    }
    return {.what = std::make_unique<ScriptedRows>(
                std::vector<Column>{integer_column("Id"), text_column("User"),
                                    text_column("Command"), text_column("Info")},
                std::move(rows))};
  }

  const ScriptedLanguage& language_;
  protocol::Connection& connection_;
  bool multi_ = false;
  bool autocommit_ = true;
  Nanoseconds silence_{0};
  CancelSource* waiting_ = nullptr;
  std::vector<StateChange> changes_;
};

// What it is sent, counted.
class CountedFile final : public FileRows {
 public:
  std::string_view name() const override { return "/tmp/rows.csv"; }
  io::Task<Status> take(Bytes piece) override {
    if (piece.contains("bad")) co_return sql::error<1366>("integer", "bad", "a", "1");
    lines_ += static_cast<std::uint64_t>(std::ranges::count(piece, '\n'));
    co_return Status();
  }
  io::Task<Result<Done>> finish() override {
    co_return Done{
        .affected = lines_,
        .insert_id = 0,
        .info = "Records: " + std::to_string(lines_) + "  Deleted: 0  Skipped: 0  Warnings: 0"};
  }

 private:
  std::uint64_t lines_ = 0;
};

template <class Make>
ScriptedLanguage::Reply rows(Make make) {
  return [make](std::vector<Parameter> parameters) -> Result<Answer> {
    return Answer{.what = std::unique_ptr<Rows>(make(std::move(parameters)))};
  };
}

constexpr std::size_t kManyRows = 200'000;
constexpr std::size_t kBigBytes = 20'000'000;

}  // namespace

ScriptedRows::ScriptedRows(std::vector<Column> columns, std::vector<std::vector<Value>> rows,
                           std::size_t per_batch)
    : columns_(std::move(columns)),
      schema_(schema_of(columns_)),
      count_(rows.size()),
      make_([all = std::move(rows)](std::size_t i) { return all[i]; }),
      per_batch_(per_batch) {}

ScriptedRows::ScriptedRows(std::vector<Column> columns, std::size_t count,
                           std::function<std::vector<Value>(std::size_t)> make)
    : columns_(std::move(columns)),
      schema_(schema_of(columns_)),
      count_(count),
      make_(std::move(make)),
      per_batch_(value::kBatchRows) {}

io::Task<Result<bool>> ScriptedRows::next(value::Batch& out) {
  if (next_ == count_ && error_) co_return std::unexpected(*error_);
  const std::size_t size = std::min(per_batch_, count_ - next_);
  std::vector<value::Vector> vectors;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    vectors.push_back(
        value::Vector::flat(value::ColumnType::dynamic(value::Physical::boxed), size));
  }
  for (std::size_t i = 0; i < size; ++i) {
    const std::vector<Value> row = make_(next_ + i);
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      // A boxed vector holds any value.
      [[maybe_unused]] const bool fits = vectors[c].put(i, row[c]);
    }
  }
  next_ += size;
  out = value::Batch(schema_, std::move(vectors), size);
  co_return next_ < count_ || error_.has_value();
}

Column integer_column(std::string name) {
  return {.name = std::move(name), .length = 20, .type = WireType::longlong};
}

Column text_column(std::string name) {
  return {
      .name = std::move(name), .charset = kUtf8mb4, .length = 1020, .type = WireType::var_string};
}

const ScriptedLanguage::Taught* ScriptedLanguage::find(std::string_view text) const {
  const auto found = taught_.find(text);
  return found == taught_.end() ? nullptr : &found->second;
}

std::unique_ptr<Statements> ScriptedLanguage::open(protocol::Connection& connection,
                                                   const ClientResponse& client) {
  return std::make_unique<ScriptedStatements>(*this, connection, client);
}

std::unique_ptr<Language> make_scripted_language(const LanguageContext& context) {
  return std::make_unique<ScriptedLanguage>(context);
}

ScriptedLanguage::ScriptedLanguage(const LanguageContext& context) : context_(context) {
  const std::vector<Column> one{integer_column("1")};
  teach("SELECT 1", {{}, one, rows([one](auto) {
                       return std::make_unique<ScriptedRows>(
                           one, std::vector<std::vector<Value>>{{Value::int64(1)}});
                     })});
  const std::vector<Column> pair{integer_column("n"), text_column("s")};
  teach("SELECT many", {{}, pair, rows([pair](auto) {
                          return std::make_unique<ScriptedRows>(
                              pair, kManyRows, [](std::size_t i) -> std::vector<Value> {
                                if (i % 5 == 0) return {Value::null(), Value::string("five")};
                                return {Value::int64(static_cast<std::int64_t>(i)),
                                        Value::string(std::to_string(i))};
                              });
                        })});
  const std::vector<Column> text{text_column("s")};
  teach("SELECT big", {{}, text, rows([text](auto) {
                         return std::make_unique<ScriptedRows>(
                             text, std::vector<std::vector<Value>>{
                                       {Value::string(Bytes(kBigBytes, 'b'))}, {Value::null()}});
                       })});
  teach("SELECT broken", {{}, one, rows([one](auto) {
                            auto made = std::make_unique<ScriptedRows>(
                                one, std::vector<std::vector<Value>>{{Value::int64(1)}});
                            made->fail_at_end(sql::error<1317>().error());
                            return made;
                          })});
  const std::vector<Column> asked{text_column("?"), text_column("?")};
  const std::vector<Column> given{text_column("type"), text_column("value")};
  teach("SELECT ?, ?",
        {asked, given, rows([given](std::vector<Parameter> parameters) {
           std::vector<std::vector<Value>> out;
           for (const Parameter& one : parameters) {
             out.push_back({Value::string(value::type_name(one.value.type())), one.value});
           }
           return std::make_unique<ScriptedRows>(given, std::move(out), 1);
         })});
  teach("INSERT", {{}, {}, [](auto) -> Result<Answer> {
                     return Answer{.what = Done{.affected = 2,
                                                .insert_id = 7,
                                                .info = "Records: 2  Duplicates: 0  Warnings: 0"}};
                   }});
  teach("LOAD", {{}, {}, [](auto) -> Result<Answer> {
                   return Answer{.what = std::unique_ptr<FileRows>(new CountedFile)};
                 }});
}

}  // namespace octavo::mysql
