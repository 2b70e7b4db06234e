// LOAD DATA LOCAL: the client's file, read as it comes. A short one is written at its end, as is
// all that has to be one change: within a transaction, or with REPLACE. Others are written in parts
// while they come, so that a file of any length fits.

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "dialect/sql/bind/load.h"
#include "dialect/sql/error/error.h"
#include "protocol/common/durable.h"
#include "protocol/mysql/language/client_text.h"
#include "protocol/mysql/language/delimited_lines.h"
#include "protocol/mysql/language/execution.h"
#include "protocol/mysql/language/grants.h"
#include "protocol/mysql/language/insert_rows.h"
#include "protocol/mysql/language/run_statements.h"
#include "protocol/mysql/language/statement_rows.h"
#include "value/utf8.h"

namespace octavo::mysql {
namespace {

using value::Value;

constexpr std::size_t kShownBytes = 20;
constexpr int kGeneralNote = 1003;  // ER_YES

class LoadedFile final : public FileRows {
 public:
  // Takes the statement over: what pays for the rows, and what ends it.
  LoadedFile(Execution& execution, const sql::LoadData& load, sql::BoundFile bound,
             LineFormat format, const value::Charset& charset);

  std::string_view name() const override { return name_; }
  io::Task<Status> take(Bytes piece) override;
  io::Task<Result<Done>> finish() override;

 private:
  template <class Work>
  io::Task<Status> on_worker(Work work);
  Status add(std::string_view piece);
  Status add_line(std::span<const LineField> fields, std::size_t count);
  Result<value::Value> row_of(std::span<const LineField> fields);
  Result<std::vector<value::Value>> values_of(std::span<const value::Value> texts,
                                              std::size_t count) const;
  Status set_values(std::vector<value::Value> texts, std::vector<value::Value>& values) const;
  Result<value::Value> text_of(const LineField& field) const;
  bool is_part() const { return comes_in_parts_ && bytes_ >= kSoftTransactionBytes; }
  io::Task<Status> write();
  io::Task<Result<InsertCounts>> insert(Execution& execution);
  void count(const InsertCounts& part);
  Error told_of_parts(Error error) const;

  SqlSession& session_;
  const std::unique_ptr<Running> running_;  // before all that it pays for
  const std::string text_, name_;
  sql::BoundFile bound_;
  const value::Charset& charset_;
  DelimitedLines lines_;
  const bool replaces_;
  const bool comes_in_parts_;
  std::vector<value::Value> rows_;  // that are not written yet
  std::size_t bytes_ = 0;           // of their fields
  std::uint64_t count_ = 0;         // of lines
  InsertCounts written_;            // of all parts
};

// Whether what a statement writes now is committed with it, and not with others.
bool is_by_itself(SessionTransaction& transaction) {
  return !transaction.is_open() && !transaction.begins_with_a_table();
}

LoadedFile::LoadedFile(Execution& execution, const sql::LoadData& load, sql::BoundFile bound,
                       LineFormat format, const value::Charset& charset)
    : session_(execution.session()),
      running_(execution.take_running()),
      text_(execution.text()),
      name_(load.file),
      bound_(std::move(bound)),
      charset_(charset),
      lines_(std::move(format), bound_.fields.size(),
             parse_number<std::uint64_t>(load.skip_lines).value_or(0),
             session_.state().facts().max_allowed_packet,
             [this](std::span<const LineField> fields, std::size_t count) {
               return add_line(fields, count);
             }),
      replaces_(bound_.insert.on_conflict == sql::OnConflict::replace),
      comes_in_parts_(!replaces_ && is_by_itself(session_.transaction())) {}

template <class Work>
io::Task<Status> LoadedFile::on_worker(Work work) {
  running_->list(text_);
  auto paid = [this, &work] { return running_->paid(work); };
  const Status done = co_await session_.dispatch().run(protocol::Weight::usual, std::move(paid));
  if (!done) co_return std::unexpected(running_->told(done.error()));
  co_return Status();
}

io::Task<Status> LoadedFile::take(Bytes piece) {
  auto work = [this, &piece] { return add(piece); };
  CO_TRY_STATUS(co_await on_worker(std::move(work)));
  if (is_part()) CO_TRY_STATUS(co_await write());
  co_return Status();
}

Status LoadedFile::add(std::string_view piece) {
  // Such a set may be converted as it comes.
  if (!is_of_bytes(charset_)) return lines_.add(piece);
  std::string converted;
  static_cast<void>(charset_.to_utf8(piece, converted));  // what the set has not becomes `?`
  return lines_.add(converted);
}

Result<Value> LoadedFile::text_of(const LineField& field) const {
  if (field.is_null) return Value::null();
  if (charset_.id == value::CharsetId::binary) return Value::bytes(field.text);
  const auto bad = value::find_invalid_utf8(field.text);
  if (!bad) return Value::string(field.text);
  return sql::error<1300>(charset_.name,
                          format_hex(std::string_view(field.text).substr(*bad, kShownBytes)));
}

Result<std::vector<Value>> LoadedFile::values_of(std::span<const Value> texts,
                                                 std::size_t count) const {
  function::EvalContext& evaluation = running_->context().evaluation;
  std::vector<Value> values;
  values.reserve(bound_.insert.fields.size());
  for (std::size_t i = 0; i < bound_.fields.size(); ++i) {
    const sql::FileField& field = bound_.fields[i];
    if (!field.place) continue;
    if (i >= count) {
      values.push_back(field.if_missing);
      continue;
    }
    Value value = texts[i];
    if (field.store) {
      TRY(value, field.store->store(texts[i], evaluation));
    }
    if (value.is_null()) value = field.if_null;
    values.push_back(std::move(value));
  }
  return values;
}

// SET sees the row as it is so far.
Status LoadedFile::set_values(std::vector<Value> texts, std::vector<Value>& values) const {
  const sql::BoundInsert& insert = bound_.insert;
  value::ObjectBuilder document;
  for (std::size_t i = 0; i < values.size(); ++i) document.append(insert.fields[i], values[i]);
  const Value both[] = {std::move(document).build(), Value::array(std::move(texts))};
  TRY(const Value set, function::evaluate_lambda(bound_.set, both, running_->context().evaluation));
  values.resize(insert.fields.size() - bound_.constants.size());
  for (std::size_t i = 0; i < bound_.set_places.size(); ++i) {
    values[bound_.set_places[i]] = set.as_array()[i];
  }
  return {};
}

Result<Value> LoadedFile::row_of(std::span<const LineField> fields) {
  std::vector<Value> texts;
  texts.reserve(bound_.fields.size());
  for (const LineField& field : fields) {
    TRY(Value text, text_of(field));
    texts.push_back(std::move(text));
  }
  texts.resize(bound_.fields.size());
  TRY(std::vector<Value> values, values_of(texts, fields.size()));
  if (bound_.set != nullptr) TRY_STATUS(set_values(std::move(texts), values));
  values.insert(values.end(), bound_.constants.begin(), bound_.constants.end());
  return document_of(bound_.insert.fields, values);
}

Status LoadedFile::add_line(std::span<const LineField> fields, std::size_t count) {
  function::EvalContext& evaluation = running_->context().evaluation;
  TRY_STATUS(evaluation.check());
  evaluation.row_number = ++count_;
  const bool ignore = bound_.insert.ignore;
  const auto tell = [&](Error error) {
    evaluation.notes->add(function::NoteLevel::warning, error.number, std::move(error.what));
  };
  const std::string number = std::to_string(count_);
  for (std::size_t missing = count; missing < bound_.fields.size(); ++missing) {
    if (!ignore) return sql::error<1261>(number);
    tell(sql::error<1261>(number).error());
  }
  if (count > bound_.fields.size()) {
    if (!ignore) return sql::error<1262>(number);
    tell(sql::error<1262>(number).error());
  }
  auto row = row_of(fields);
  if (!row) {
    if (!ignore || function::ends_statement(row.error().code)) {
      return std::unexpected(std::move(row).error());
    }
    tell(sql::with_number(std::move(row).error()));
    return {};
  }
  for (const LineField& field : fields) bytes_ += field.text.size();
  // It would not be written: one statement is one record of the log.
  if (bytes_ > kMaxTransactionBytes) {
    return fail(Code::invalid_argument,
                fmt::format("The file is too long for one statement, which may write {} bytes: "
                            "load it in parts.",
                            kMaxTransactionBytes));
  }
  rows_.push_back(*std::move(row));
  return {};
}

io::Task<Result<Done>> LoadedFile::finish() {
  auto work = [this] { return lines_.finish(); };
  const Status ended = co_await on_worker(std::move(work));
  if (!ended) co_return std::unexpected(told_of_parts(ended.error()));
  CO_TRY_STATUS(co_await write());
  sql::SessionState& state = session_.state();
  state.end_notes();
  const std::uint64_t deleted = replaces_ ? written_.affected - written_.records : 0;
  const std::uint64_t skipped = count_ - (written_.affected - deleted);
  Done done;
  done.affected = written_.affected;
  done.info = fmt::format("Records: {}  Deleted: {}  Skipped: {}  Warnings: {}", count_, deleted,
                          skipped, state.notes().count());
  state.row_count = static_cast<std::int64_t>(done.affected);
  if (written_.first_generated != 0) state.last_insert_id = written_.first_generated;
  co_return done;
}

// The rows that are held, as a statement within this one.
io::Task<Status> LoadedFile::write() {
  Execution execution(session_, text_, {});
  execution.set_writes();
  const auto* const before = session_.begin_within(statement_flag::kWrites);
  const auto counts = co_await insert(execution);
  Result<Answer> answer;
  if (!counts) answer = std::unexpected(counts.error());
  session_.end_within(execution, statement_flag::kWrites, before, answer);
  if (!counts) co_return std::unexpected(told_of_parts(counts.error()));
  count(*counts);
  co_return Status();
}

io::Task<Result<InsertCounts>> LoadedFile::insert(Execution& execution) {
  const auto table = execution.engine().catalog()->share_table(bound_.insert.table);
  if (table == nullptr) co_return sql::error<1146>(bound_.insert.database, bound_.insert.name);
  CO_TRY_STATUS(
      may_use(session_, replaces_ ? sql::TableUse::replace : sql::TableUse::insert, *table));
  Inserter inserter(execution, bound_.insert, *table);
  inserter.give(std::exchange(rows_, {}));
  bytes_ = 0;
  auto work = [&inserter] { return inserter.run(); };
  auto counts = co_await execution.on_worker(std::move(work));
  if (!counts) co_return std::unexpected(execution.told(std::move(counts).error()));
  const Status durable =
      co_await protocol::wait_durable(execution.engine(), execution.running().statement().promise);
  if (!durable) co_return std::unexpected(execution.told(durable.error()));
  co_return counts;
}

void LoadedFile::count(const InsertCounts& part) {
  written_.records += part.records;
  written_.affected += part.affected;
  if (written_.first_generated == 0) written_.first_generated = part.first_generated;
}

// What was written before an error stays.
Error LoadedFile::told_of_parts(Error error) const {
  if (written_.records > 0) {
    session_.state().notes().add(
        function::NoteLevel::note, kGeneralNote,
        fmt::format("{} rows of the file were written before that.", written_.affected));
  }
  return error;
}

}  // namespace

Answered run_load(Execution& execution, const sql::LoadData& load) {
  if (!load.local) co_return sql::error<1290>("--secure-file-priv");
  const bool allowed =
      execution.shared().globals.get(*sql::find_variable("local_infile")).to_int64() != 0;
  if (!allowed) co_return sql::error<3948>();
  const value::Value of_database =
      execution.state().get(*sql::find_variable("character_set_database"));
  const std::string_view charset_name =
      load.charset.empty() ? of_database.as_string() : std::string_view(load.charset);
  const value::Charset* charset = value::find_charset(charset_name);
  if (charset == nullptr) co_return sql::error<1115>(charset_name);
  CO_TRY(LineFormat format, LineFormat::of(load.format));
  const auto bind = [&](sql::BindContext& context) {
    return sql::bind_file(load, *charset, context);
  };
  auto bound = co_await execution.bind(bind);
  if (!bound) co_return std::unexpected(std::move(bound).error());
  Answer answer;
  answer.what = std::unique_ptr<FileRows>(std::make_unique<LoadedFile>(
      execution, load, *std::move(bound), std::move(format), *charset));
  co_return answer;
}

}  // namespace octavo::mysql
