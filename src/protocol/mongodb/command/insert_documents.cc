#include "protocol/mongodb/command/insert_documents.h"

#include <algorithm>
#include <optional>
#include <span>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/bson_form.h"
#include "protocol/mongodb/bson/bson.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/capped.h"
#include "protocol/mongodb/command/new_document.h"
#include "protocol/mongodb/command/retry_record.h"
#include "protocol/mongodb/command/series.h"
#include "protocol/mongodb/command/several_writes.h"

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
  Inserter(CommandCall& call, const Collection& collection, const InsertSpec& spec,
           StatementResults& results)
      : call_(call),
        collection_(collection),
        capped_(capped_limits(*collection.table)),
        series_(series_options(*collection.table)),
        spec_(spec),
        results_(results) {}

  Result<InsertDone> run() && {
    const std::size_t all = spec_.documents.size();
    if (all > kDocumentsAtOnce) TRY_STATUS(begin_several_writes(call_));
    for (std::size_t begin = 0; begin < all && !stopped_;) {
      const std::size_t end = std::min(all, begin + kDocumentsAtOnce);
      TRY_STATUS(add(begin, end));
      begin = end;
    }
    return std::move(done_);
  }

 private:
  struct Row {
    std::size_t statement;
    Value document;  // as clients see it
  };

  Status add(std::size_t begin, std::size_t end) {
    std::vector<Row> rows;
    std::int64_t bytes = 0;
    for (std::size_t i = begin; i < end && !stopped_; ++i) {
      const std::size_t statement = spec_.first + i;
      if (results_.find(statement) != nullptr) {
        ++done_.inserted;
        continue;
      }
      auto document = new_document(spec_.documents[i]);
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
        if (!stopped_) note(statement, {std::move(document).error(), {}});
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
      rows.push_back({statement, *std::move(document)});
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
    done_.inserted += rows.size();
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

  void note(std::size_t statement, WriteError failed) {
    done_.errors.emplace_back(statement, std::move(failed));
    stopped_ = spec_.ordered;
  }

  CommandCall& call_;
  const Collection& collection_;
  const std::optional<CappedLimits> capped_;
  const Value* const series_;  // of a time series
  const InsertSpec& spec_;
  StatementResults& results_;
  bool stopped_ = false;
  InsertDone done_;
};

}  // namespace

Result<InsertDone> insert_documents(CommandCall& call, const Collection& collection,
                                    const InsertSpec& spec, StatementResults& results) {
  return Inserter(call, collection, spec, results).run();
}

}  // namespace octavo::mongodb
