#include <algorithm>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/bson_form.h"
#include "protocol/mongodb/bson/bson.h"
#include "protocol/mongodb/command/capped.h"
#include "protocol/mongodb/command/document_rows.h"
#include "protocol/mongodb/command/new_document.h"
#include "protocol/mongodb/command/retry_record.h"
#include "protocol/mongodb/command/series.h"
#include "protocol/mongodb/command/several_writes.h"
#include "protocol/mongodb/command/statement_results.h"
#include "protocol/mongodb/command/write_rows.h"

namespace octavo::mongodb {
namespace {

using exec::RowEdit;
using value::Value;

// Documents that are written in one transaction: others wait while it is applied.
constexpr std::size_t kDocumentsAtOnce = 1'000;
// What a retry is told of each.
Value result_of_one() { return Value::boolean(true); }

class Inserter {
 public:
  Inserter(CommandCall& call, const Collection& collection)
      : call_(call),
        collection_(collection),
        capped_(capped_limits(*collection.table)),
        series_(series_options(*collection.table)),
        ordered_(call.flag("ordered", true)),
        results_(call) {}

  Status run(value::ArrayView documents) {
    if (documents.size() > kDocumentsAtOnce) TRY_STATUS(begin_several_writes(call_));
    for (std::size_t begin = 0; begin < documents.size() && !stopped_;) {
      const std::size_t end = std::min(documents.size(), begin + kDocumentsAtOnce);
      TRY_STATUS(add(documents, begin, end));
      begin = end;
    }
    return {};
  }

  Reply reply() && {
    Reply reply;
    reply.add("n", Value::int32(static_cast<std::int32_t>(inserted_)));
    reply.failed_in_part = !errors_.empty();
    if (!errors_.empty()) {
      reply.failed_in_part = true;
      reply.add("writeErrors", Value::array(std::move(errors_)));
    }
    results_.add_retried(reply);
    return reply;
  }

 private:
  struct Row {
    std::size_t statement;
    Value document;  // as clients see it
  };

  Status add(value::ArrayView documents, std::size_t begin, std::size_t end) {
    std::vector<Row> rows;
    std::int64_t bytes = 0;
    for (std::size_t i = begin; i < end && !stopped_; ++i) {
      if (results_.find(i) != nullptr) {
        ++inserted_;
        continue;
      }
      auto document = new_document(documents[i]);
      if (document && capped_) document = fitting(*std::move(document));
      if (document && series_ != nullptr) {
        if (auto measured = check_measurement(*series_, *document); !measured) {
          document = std::unexpected(std::move(measured).error());
        }
      }
      if (!document) {
        // What comes before it is written first.
        TRY_STATUS(begin_several_writes(call_));
        TRY_STATUS(write(rows));
        rows.clear();
        if (!stopped_) note(i, {std::move(document).error(), {}});
        continue;
      }
      const std::int64_t size = capped_ ? size_of(*document) : 0;
      if (capped_ && !fits(rows.size() + 1, bytes + size)) {
        TRY_STATUS(begin_several_writes(call_));
        TRY_STATUS(write(rows));
        rows.clear();
        bytes = 0;
        if (stopped_) break;
      }
      bytes += size;
      rows.push_back({i, *std::move(document)});
    }
    return write(rows);
  }

  static std::int64_t size_of(const Value& document) {
    return static_cast<std::int64_t>(bson_size(document));
  }
  // Of a capped collection: whether it has room for so much, were it empty.
  bool fits(std::size_t documents, std::int64_t bytes) const {
    return bytes <= capped_->bytes &&
           (!capped_->documents || static_cast<std::int64_t>(documents) <= *capped_->documents);
  }
  Result<Value> fitting(Value document) const {
    if (size_of(document) <= capped_->bytes) return document;
    return error(ErrorCode::bad_value, "object to insert exceeds cappedMaxSize");
  }

  // All of them in one transaction; where one fails those before it, and of unordered ones those
  // behind it, by themselves.
  Status write(std::span<const Row> rows) {
    while (!rows.empty() && !stopped_) {
      TRY(const auto failed, write_whole(rows));
      if (!failed) {
        TRY_STATUS(keep(rows));
        return {};
      }
      const std::size_t at = failed->first;
      if (rows.size() > 1) TRY_STATUS(begin_several_writes(call_));
      if (at > 0) {
        TRY(const auto again, write_whole(rows.first(at)));
        // Others came in between: it is seen what is there now.
        if (again) continue;
        TRY_STATUS(keep(rows.first(at)));
      }
      note(rows[at].statement, failed->second);
      rows = rows.subspan(at + 1);
    }
    return {};
  }

  Status keep(std::span<const Row> rows) {
    inserted_ += rows.size();
    for (const Row& row : rows) results_.keep(row.statement, result_of_one(), true);
    return {};
  }

  using Failed = std::optional<std::pair<std::size_t, WriteError>>;
  Result<Failed> write_whole(std::span<const Row> rows) {
    std::vector<Value> keys;
    keys.reserve(rows.size());
    for (const Row& row : rows) keys.push_back(*row.document.find(kIdField));
    std::optional<std::size_t> taken;
    const auto decide = [&](std::size_t i, const Value* current) -> Result<RowEdit> {
      if (current != nullptr) {
        taken = i;
        return error(ErrorCode::duplicate_key, "duplicate key");
      }
      return RowEdit{.action = RowEdit::Action::put, .row = collection_.stored(rows[i].document)};
    };
    NewDocuments fresh;
    for (const Row& row : rows) {
      ++fresh.count;
      if (capped_) fresh.bytes += size_of(row.document);
    }
    const auto token = [&] {
      std::vector<std::size_t> statements;
      for (const Row& row : rows) statements.push_back(row.statement);
      return retry_token(call_, statements, result_of_one());
    };
    TRY(auto written,
        write_documents(call_, collection_, std::move(keys), decide, true, fresh, token));
    if (written.errors.empty()) return Failed();
    auto& [at, why] = written.errors.front();
    if (taken == at) why = duplicate_id(call_, collection_, *rows[at].document.find(kIdField));
    return Failed(std::pair(at, std::move(why)));
  }

  void note(std::size_t statement, const WriteError& failed) {
    errors_.push_back(write_error_document(statement, failed));
    stopped_ = ordered_;
  }

  CommandCall& call_;
  const Collection& collection_;
  const std::optional<CappedLimits> capped_;
  const Value* const series_;  // of a time series
  const bool ordered_;
  StatementResults results_;
  bool stopped_ = false;
  std::size_t inserted_ = 0;
  std::vector<Value> errors_;
};

}  // namespace

Result<Reply> run_insert(CommandCall& call) {
  const auto documents = call.elements("documents");
  TRY_STATUS(check_batch_size(documents.size()));
  for (const Value& document : documents) {
    if (!document.is_object()) return wrong_type("insert.documents", document, field::kObject);
  }
  TRY(const Collection collection, ensure_collection(call, call.database(), call.collection()));
  Inserter inserter(call, collection);
  TRY_STATUS(inserter.run(documents));
  return std::move(inserter).reply();
}

}  // namespace octavo::mongodb
