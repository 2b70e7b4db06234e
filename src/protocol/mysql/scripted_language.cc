#include "protocol/mysql/scripted_language.h"

#include <algorithm>

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
  ScriptedStatements(const ScriptedLanguage& language, const ClientResponse& client)
      : language_(language) {
    begin(client);
  }

  io::Task<Result<Answer>> run(std::string_view text,
                                     std::vector<Parameter> attributes) override {
    const std::size_t end = text.find(';');
    if (end != text.npos && end + 1 < text.size() && !multi_) {
      co_return sql::error<1064>(text.substr(end + 1), "1");
    }
    const std::string_view one = text.substr(0, end);
    if (one == "SET AUTOCOMMIT = 0" || one == "SET AUTOCOMMIT = 1") {
      autocommit_ = one.back() == '1';
      changes_.push_back({.kind = StateChange::Kind::variable,
                          .name = "autocommit",
                          .value = autocommit_ ? "ON" : "OFF"});
      co_return Answer{.what = Done(), .taken = taken(text, end)};
    }
    if (one.starts_with("SET ") || one == "COMMIT" || one == "ROLLBACK") {
      co_return Answer{.what = Done(), .taken = taken(text, end)};
    }
    const ScriptedLanguage::Taught* taught = language_.find(one);
    if (taught == nullptr) co_return sql::error<1064>(one.substr(0, 80), "1");
    auto answer = taught->reply(std::move(attributes));
    if (answer) answer->taken = taken(text, end);
    co_return answer;
  }
  io::Task<Result<PreparedAnswer>> prepare(std::string_view text) override {
    const ScriptedLanguage::Taught* taught = language_.find(text);
    if (taught == nullptr) co_return sql::error<1064>(text.substr(0, 80), "1");
    co_return PreparedAnswer{std::make_unique<ScriptedPrepared>(*taught)};
  }
  io::Task<Status> use(std::string database) override {
    if (database == "nowhere") co_return sql::error<1049>(database);
    changes_.push_back(
        {.kind = StateChange::Kind::database, .name = std::move(database), .value = {}});
    co_return Status();
  }
  io::Task<Result<std::vector<Field>>> fields(std::string table, std::string) override {
    if (table != "t") co_return sql::error<1146>("test", table);
    co_return std::vector<Field>{{integer_column("id"), std::nullopt}, {text_column("s"), "x"}};
  }
  io::Task<void> reset(const ClientResponse& client) override {
    begin(client);
    co_return;
  }
  void allow_multi_statements(bool allow) override { multi_ = allow; }
  std::uint16_t status() const override { return autocommit_ ? status::kAutocommit : 0; }
  std::size_t warnings() const override { return 0; }
  std::vector<StateChange> take_changes() override { return std::exchange(changes_, {}); }

 private:
  static std::size_t taken(std::string_view text, std::size_t end) {
    return end == text.npos ? text.size() : end + 1;
  }
  void begin(const ClientResponse& client) {
    multi_ = (client.capabilities & capability::kMultiStatements) != 0;
    autocommit_ = true;
    changes_.clear();
  }

  const ScriptedLanguage& language_;
  bool multi_ = false;
  bool autocommit_ = true;
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

std::unique_ptr<Statements> ScriptedLanguage::open(protocol::Connection&,
                                                   const ClientResponse& client) {
  return std::make_unique<ScriptedStatements>(*this, client);
}

ScriptedLanguage::ScriptedLanguage() {
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
